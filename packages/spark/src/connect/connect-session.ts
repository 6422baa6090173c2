import { create } from "@bufbuild/protobuf";
import { type CallOptions, type Client, createClient } from "@connectrpc/connect";
import { AppError } from "@flightdeck/core";
import { tableFromIPC } from "@uwdata/flechette";
import { randomUUID } from "node:crypto";
import { artifactRequests, type RequestHead } from "./artifact-requests.ts";
import { fromConnect } from "./connect-error.ts";
import { type Connection, openConnection } from "./connect-transport.ts";
import { type Plan, PlanSchema, SparkConnectService } from "./generated/spark/connect/base_pb.ts";
import { type ExecuteOptions, Execution } from "./execution.ts";
import { parseRemote, type RemoteAddress } from "./remote-address.ts";

export type { ExecuteOptions } from "./execution.ts";

/** For calls that only exchange a message. A server that is still starting is slow to answer the first one. */
const CALL_MS_MAX = 30_000;

/**
 * A session on a Spark Connect server. It holds the state of one client there, such as its functions and files. All
 * methods can be called at any time, also concurrently. Errors are `AppError`s whose message starts with the server's
 * address; `details.sparkClass` holds Spark's error class.
 */
export class ConnectSession {
  readonly id: string = randomUUID();
  readonly address: RemoteAddress;
  readonly #connection: Connection;
  readonly #client: Client<typeof SparkConnectService>;

  private constructor(address: RemoteAddress) {
    this.address = address;
    this.#connection = openConnection(address);
    this.#client = createClient(SparkConnectService, this.#connection.transport);
  }

  /**
   * Creates a session for an address like `sc://HOST:PORT/;token=…`; throws `INVALID_PARAMETER_VALUE` for anything
   * else. Does not connect yet.
   */
  static at(remote: string): ConnectSession {
    return new ConnectSession(parseRemote(remote));
  }

  /** The server's version, such as `4.3.0`. */
  async version(signal?: AbortSignal): Promise<string> {
    const analyze = { case: "sparkVersion", value: {} } as const;
    const { result } = await this.#call(() =>
      this.#client.analyzePlan({ ...this.#head(), analyze }, bounded(signal)),
    );
    return result.value?.version ?? "unknown";
  }

  /**
   * Uploads a file for all later tasks of the session: `jars/NAME.jar` goes on their class path, `files/NAME` into
   * their working folder.
   */
  async addArtifact(name: string, bytes: Uint8Array, signal?: AbortSignal): Promise<void> {
    const requests = artifactRequests(this.#head(), name, bytes);
    const { artifacts } = await this.#call(() =>
      this.#client.addArtifacts(requests, signal === undefined ? {} : { signal }),
    );
    if (artifacts.every(({ isCrcSuccessful }) => isCrcSuccessful)) return;
    throw new AppError("IO_ERROR", `${this.address.shown}: ${name} arrived damaged`);
  }

  /** Registers a class from an uploaded jar as an SQL function that takes and returns strings. */
  async registerFunction(name: string, className: string, signal?: AbortSignal): Promise<void> {
    const text = { kind: { case: "string", value: {} } } as const;
    const javaUdf = { className, outputType: text, aggregate: false };
    const command = {
      case: "registerFunction",
      value: { functionName: name, deterministic: false, function: { case: "javaUdf", value: javaUdf } },
    } as const;
    await this.#execute(
      create(PlanSchema, { opType: { case: "command", value: { commandType: command } } }),
      { signal },
    );
  }

  /**
   * Runs a query and returns its first column, which must hold strings. `named` gives the values of `:name` parameters.
   */
  async queryTexts(
    query: string,
    named: Readonly<Record<string, string>>,
    options: ExecuteOptions,
  ): Promise<readonly string[]> {
    const entries = Object.entries(named).map(([name, value]) => {
      const literal = { literalType: { case: "string", value } } as const;
      return [name, { exprType: { case: "literal", value: literal } }] as const;
    });
    const sql = { case: "sql", value: { query, namedArguments: Object.fromEntries(entries) } } as const;
    const plan = create(PlanSchema, { opType: { case: "root", value: { relType: sql } } });
    return (await this.#execute(plan, options)).flatMap(stringColumn);
  }

  /** Deletes the session on the server, which interrupts whatever is still running in it, and closes the connection. */
  async release(): Promise<void> {
    try {
      await this.#call(() => this.#client.releaseSession(this.#head(), { timeoutMs: CALL_MS_MAX }));
    } finally {
      this.close();
    }
  }

  /** Closes the connection. Whatever is running on the server continues. */
  close(): void {
    this.#connection.drop(new AppError("CANCELLED", "the session was closed"));
  }

  async #execute(plan: Plan, options: ExecuteOptions): Promise<readonly Uint8Array[]> {
    const execution = new Execution(
      { client: this.#client, connection: this.#connection, head: this.#head(), plan },
      options,
    );
    return await this.#call(() => execution.run());
  }

  #head(): RequestHead {
    const { userId } = this.address;
    return { sessionId: this.id, userContext: { userId, userName: userId }, clientType: "flightdeck" };
  }

  async #call<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw fromConnect(error, this.address.shown);
    }
  }
}

function bounded(signal: AbortSignal | undefined): CallOptions {
  return { timeoutMs: CALL_MS_MAX, ...(signal !== undefined && { signal }) };
}

/** Returns the first column of an Arrow batch, which must hold strings. */
function stringColumn(batch: Uint8Array): readonly string[] {
  // Copying aligns the buffer to 8 bytes, which Arrow's numbers require.
  const column = tableFromIPC(batch.slice()).getChildAt(0);
  return Array.from({ length: column.length }, (_, row) => {
    const value: unknown = column.at(row);
    if (typeof value === "string") return value;
    throw new AppError(
      "INTERNAL_ERROR",
      `a text was expected from Spark, got ${value === null ? "null" : typeof value}`,
    );
  });
}
