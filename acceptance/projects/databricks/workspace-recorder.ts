import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as received. */
export type RecordedCall = {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
};

/** What a job does. Each request for its state returns the next one of `states`; the last one repeats. */
export type JobStory = {
  readonly states: readonly Readonly<Record<string, string>>[];
  readonly stdout?: string;
  /** The error response to its submission. */
  readonly refusal?: { readonly error_code: string; readonly message: string };
};

/** A job that succeeds at once. */
export const SUCCESS: JobStory = {
  states: [{ life_cycle_state: "TERMINATED", result_state: "SUCCESS", state_message: "" }],
};

const JOB_RUN_ID = 7;

/**
 * A workspace that records all requests. It forwards tracking and file requests to a real server, but its jobs run nothing and
 * follow a story.
 */
export class WorkspaceRecorder {
  readonly url: string;
  readonly calls: RecordedCall[] = [];
  story: JobStory = SUCCESS;
  private readonly server: Server;
  private asked = 0;

  private constructor(server: Server) {
    this.server = server;
    const { port } = server.address() as AddressInfo; // A TCP server's address is an object.
    this.url = `http://127.0.0.1:${port}`;
  }

  static async start(behind: string): Promise<WorkspaceRecorder> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const recorder = new WorkspaceRecorder(server);
    server.on("request", (incoming: IncomingMessage, response: ServerResponse) => {
      void recorder.answer(incoming, response, behind);
    });
    return recorder;
  }

  /** Starts a new recording. */
  reset(story: JobStory = SUCCESS): void {
    this.calls.length = 0;
    this.asked = 0;
    this.story = story;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }

  private async answer(incoming: IncomingMessage, response: ServerResponse, behind: string): Promise<void> {
    const chunks: Buffer[] = await incoming.toArray();
    const { method = "", url = "", headers } = incoming;
    const { pathname: path, search } = new URL(url, this.url);
    const call = {
      method,
      path,
      query: decodeURIComponent(search.slice(1)),
      headers,
      body: Buffer.concat(chunks),
    };
    this.calls.push(call);
    const known = this.answerOfJobs(call);
    if (known === undefined) return passOn(call, url, { behind, response });
    const isError = "error_code" in known;
    response
      .writeHead(isError ? 403 : 200, { "Content-Type": "application/json" })
      .end(JSON.stringify(known));
  }

  private answerOfJobs({ path }: RecordedCall): object | undefined {
    if (path.endsWith("/jobs/runs/submit")) return this.story.refusal ?? { run_id: JOB_RUN_ID };
    if (path.endsWith("/jobs/runs/get")) return this.jobRun();
    if (path.endsWith("/jobs/runs/cancel")) return this.cancel();
    if (path.endsWith("/jobs/runs/get-output"))
      return { metadata: this.jobRun(), logs: this.story.stdout ?? "" };
    return path.includes("/flightdeck/") ? { error_code: "ENDPOINT_NOT_FOUND", message: path } : undefined;
  }

  private cancel(): object {
    this.story = {
      states: [{ life_cycle_state: "TERMINATED", result_state: "CANCELED", state_message: "" }],
    };
    return {};
  }

  private jobRun(): object {
    const state = this.story.states[Math.min(this.asked++, this.story.states.length - 1)];
    return { run_id: JOB_RUN_ID, job_id: 3, run_page_url: `${this.url}/#job/3/run/1`, state };
  }
}

type Behind = { readonly behind: string; readonly response: ServerResponse };

function passOn(call: RecordedCall, url: string, { behind, response }: Behind): void {
  const { method, headers, body } = call;
  const { host: _, ...rest } = headers;
  const onward = request(new URL(url, behind), { method, headers: rest }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.end(body);
}
