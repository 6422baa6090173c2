import { API_PREFIXES, ARTIFACT_PROXY_PATH, endpoints, multipartUploadEndpoints } from "@flightdeck/protocol";
import type { AcceptedDifference } from "./accepted-differences/accepted-difference.ts";
import type { ClientVersion } from "./clients.ts";
import type { Call, Step } from "./trace.ts";

/** An entry of the endpoint table, or a method of the artifact proxy, which streams bytes and is not in the table. */
export type Route = {
  readonly name: string;
  readonly methods: readonly string[];
  readonly path: string;
  readonly versions: readonly string[];
};

const PROXY_METHODS = { downloadArtifact: "GET", uploadArtifact: "PUT", deleteArtifact: "DELETE" };

export const ROUTES: readonly Route[] = [
  ...Object.entries(endpoints).map(([name, { methods, path, versions }]) => ({
    name,
    methods,
    path,
    versions,
  })),
  ...Object.entries(PROXY_METHODS).map(([name, method]) => ({
    name,
    methods: [method],
    path: `${ARTIFACT_PROXY_PATH}/{path}`,
    versions: ["2.0"],
  })),
  ...Object.entries(multipartUploadEndpoints).map(([step, { methods, path, versions }]) => ({
    name: `${step} upload in parts`,
    methods,
    path: `${path}/{path}`,
    versions,
  })),
];

/** The comparison of one route with one client. `differs`: only in listed differences. */
export type Verdict = "agrees" | "differs";

/** The verdict for each route and client, separately for calls by the client and raw calls by the scripts. */
export class Coverage {
  readonly #byClient = new Map<string, Verdict>();
  readonly #byScript = new Map<string, Verdict>();

  /** Records a step's calls. `met` are the listed differences that occurred in the step, with their paths. */
  note(client: ClientVersion, step: Step, met: readonly Met[]): void {
    for (const [index, call] of step.calls.entries()) {
      const route = findRoute(call);
      if (route === undefined) continue;
      const differs = met.some(({ path, entry }) => entry.where !== "*" && isAt(path, index));
      const verdicts = call.raw ? this.#byScript : this.#byClient;
      const key = `${route.name} ${client}`;
      if (differs || !verdicts.has(key)) verdicts.set(key, differs ? "differs" : "agrees");
    }
  }

  byClient(route: Route, client: ClientVersion): Verdict | undefined {
    return this.#byClient.get(`${route.name} ${client}`);
  }

  byScript(route: Route, client: ClientVersion): Verdict | undefined {
    return this.#byScript.get(`${route.name} ${client}`);
  }
}

export type Met = { readonly path: string; readonly entry: AcceptedDifference };

function isAt(path: string, callIndex: number): boolean {
  return path === "calls" || path.startsWith(`calls[${callIndex}]`);
}

export function findRoute({ method, path }: Pick<Call, "method" | "path">): Route | undefined {
  return ROUTES.find((route) => route.methods.includes(method) && pathPattern(route).test(path));
}

function pathPattern({ path, versions }: Route): RegExp {
  const escaped = path
    .replaceAll(/[.]/g, "\\.")
    .replaceAll("{path}", ".+")
    .replaceAll(/\{[a-z_.]+\}/g, "[^/]+");
  const version = versions.map((each) => each.replace(".", "\\.")).join("|");
  // 1.x clients call some routes below /preview.
  return new RegExp(`^(${API_PREFIXES.join("|")})/(${version})(/preview)?${escaped}$`);
}
