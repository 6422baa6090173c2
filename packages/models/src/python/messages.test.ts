import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeMessage, type Message, MessageReader } from "./messages.ts";

test("messages survive the pipe, however it splits them", () => {
  const message = fc.record({ head: fc.record({ worker: fc.nat() }), bodies: fc.array(fc.uint8Array()) });
  fc.assert(
    fc.property(fc.array(message), fc.integer({ min: 1, max: 40 }), (messages, size) => {
      const bytes = Buffer.concat(messages.map(({ head, bodies }) => encodeMessage(head, bodies)));
      const got: Message[] = [];
      const reader = new MessageReader((each) => got.push(each));
      for (let at = 0; at < bytes.length; at += size) reader.push(bytes.subarray(at, at + size));
      expect(got.map(({ head, bodies }) => [head["worker"], bodies.map((body) => [...body])])).toEqual(
        messages.map(({ head, bodies }) => [head.worker, bodies.map((body) => [...body])]),
      );
    }),
  );
});
