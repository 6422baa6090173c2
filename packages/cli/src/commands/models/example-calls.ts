import { quoteForShell } from "@flightdeck/compute";
import type { Model } from "@flightdeck/models";

type Inputs = NonNullable<NonNullable<Model["mlModel"]["signature"]>["inputs"]>;
type Column = NonNullable<Model["inputs"]>[number];

/**
 * Returns example requests to the URL for the shell, TypeScript and Python (with `requests`), each a single line that
 * works as is. Empty if the model does not declare its inputs.
 */
export function exampleCalls(url: string, model: Model): readonly string[] {
  const body = exampleBody(model);
  if (body === undefined) return [];
  const [address, text] = [JSON.stringify(url), JSON.stringify(body)];
  const headers = '{ "Content-Type": "application/json" }';
  return [
    `curl ${url} -H 'Content-Type: application/json' -d ${quoteForShell(body)}`,
    `await fetch(${address}, { method: "POST", headers: ${headers}, body: ${text} }).then((answer) => answer.json())`,
    `requests.post(${address}, headers=${headers}, data=${text}).json()`,
  ];
}

function exampleBody({ inputs, mlModel }: Model): string | undefined {
  if (inputs !== undefined) {
    const columns = inputs.map(({ name }, i) => name ?? String(i));
    return JSON.stringify({ dataframe_split: { columns, data: [inputs.map(exampleCell)] } });
  }
  const arrays = exampleArrays(mlModel.signature?.inputs);
  return arrays === undefined ? undefined : JSON.stringify({ inputs: arrays });
}

/** Returns a value that every model accepts for the type. */
function exampleCell({ type }: Column): unknown {
  switch (type) {
    case "boolean":
      return false;
    case "string":
      return "text";
    case "binary":
      return "AA=="; // One byte in base64.
    case "datetime":
      return "2026-01-31T00:00:00";
    default:
      return 1;
  }
}

function exampleArrays(inputs: Inputs | undefined): unknown {
  if (inputs?.kind !== "tensors") return undefined;
  const [first] = inputs.tensors;
  if (first !== undefined && first.name === undefined) return ones(first.shape);
  return Object.fromEntries(inputs.tensors.map(({ name = "", shape }) => [name, ones(shape)]));
}

/** Returns an array of the given shape with one row. */
function ones([length, ...inner]: readonly number[]): unknown {
  if (length === undefined) return 1;
  return Array.from({ length: Math.max(1, length) }, () => ones(inner));
}
