import { parentPort, workerData } from "node:worker_threads";
import { isAppError, messageOf } from "@flightdeck/core";
import type { Column } from "../column.ts";
import { type DecodeAnswer, type DecodeContext, decodeGroup, type GroupTask } from "./decode-group.ts";

// The pool starts this file as a worker with data of this type.
const context = workerData as DecodeContext;
parentPort?.on("message", (task: GroupTask) => void answer(task));

async function answer(task: GroupTask): Promise<void> {
  try {
    const columns = await decodeGroup(context, task);
    const message: DecodeAnswer = { columns };
    parentPort?.postMessage(message, columns.flatMap(buffersOf));
  } catch (error) {
    const code = isAppError(error) ? error.code : "INVALID_PARAMETER_VALUE";
    const message: DecodeAnswer = { failure: { code, message: messageOf(error) } };
    parentPort?.postMessage(message);
  }
}

/** The buffers to transfer. Text is copied. */
function buffersOf({ values, nulls }: Column): ArrayBuffer[] {
  const arrays = [...(ArrayBuffer.isView(values) ? [values] : []), ...(nulls ? [nulls] : [])];
  return arrays.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : []));
}
