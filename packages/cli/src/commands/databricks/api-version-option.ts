import { Option } from "commander";

/** The old command line has it for jobs and runs. */
export function apiVersionOption(): Option {
  const text = "Accepted: the version of the API follows from the request.";
  return new Option("--version <VERSION>", text).choices(["2.0", "2.1", "2.2"]);
}
