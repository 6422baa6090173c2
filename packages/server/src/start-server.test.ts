import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startServer } from "./start-server.ts";

describe("startServer", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "server-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const options = { host: "127.0.0.1", port: 0, logLevel: "silent" } as const;

  test("answers once it has started, keeps its data over a restart, and can be closed more than once", async () => {
    const dataDir = join(folder, "made");
    const first = await startServer({ ...options, dataDir });
    expect(await (await fetch(`${first.url}/health`)).text()).toBe("OK");
    const created = await fetch(`${first.url}/api/2.0/mlflow/experiments/create`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: '{"name":"kept"}',
    });
    expect(created.status).toBe(200);
    await Promise.all([first.close(), first.close()]);
    await expect(fetch(`${first.url}/health`)).rejects.toThrow("fetch failed");

    const second = await startServer({ ...options, dataDir });
    const url = `${second.url}/api/2.0/mlflow/experiments/get-by-name?experiment_name=kept`;
    expect((await fetch(url)).status).toBe(200);
    await second.close();
    expect(await readdir(dataDir)).toContain("flightdeck.db");
  });

  test("a port in use is reported in one line, and the database is closed", async () => {
    const running = await startServer({ ...options, dataDir: folder });
    const port = Number(new URL(running.url).port);
    const second = startServer({ ...options, port, dataDir: join(folder, "second") });
    await expect(second).rejects.toMatchObject({
      code: "RESOURCE_CONFLICT",
      message: `port ${port} on 127.0.0.1 is in use; choose another with --port`,
    });
    await running.close();
    await (await startServer({ ...options, port, dataDir: join(folder, "second") })).close();
  });

  test("a host that other machines can reach needs --auth", async () => {
    for (const host of ["0.0.0.0", "::", "192.168.1.5", "my-machine"]) {
      await expect(startServer({ ...options, host, dataDir: folder })).rejects.toThrow(
        "say --auth none to allow it",
      );
    }
    const open = await startServer({ ...options, host: "0.0.0.0", auth: "none", dataDir: folder });
    expect((await fetch(`${open.url}/health`)).status).toBe(200);
    await open.close();
  });

  test("a start that fails leaves the database to the next one, and builds no page for a wrong option", async () => {
    let built = 0;
    const pageDir = async (): Promise<string> => {
      built += 1;
      throw new Error("the page did not build");
    };
    const start = (wrong: object): Promise<unknown> =>
      startServer({ ...options, dataDir: folder, pageDir, ...wrong });
    await expect(start({ workspaceArtifactRoot: "dbfs:/elsewhere" })).rejects.toThrow(
      "artifact root must be",
    );
    await expect(start({ backendStoreUri: "mysql://h/d" })).rejects.toThrow("backend store URI must be");
    expect(built).toBe(0);
    await expect(start({})).rejects.toThrow("the page did not build");
    expect(built).toBe(1);
    await (await startServer({ ...options, dataDir: folder })).close();
  });

  test("reports an unknown host, an invalid port, and a destination that is not a folder", async () => {
    const start = (wrong: object): Promise<unknown> => startServer({ ...options, dataDir: folder, ...wrong });
    await expect(start({ host: "192.0.2.1", auth: "none" })).rejects.toThrow(
      "host '192.0.2.1' is not a hostname or address of this machine",
    );
    await expect(start({ port: 70_000 })).rejects.toThrow("port must be 0..65535, got 70000");
    await expect(start({ artifactsDestination: "s3://bucket/x" })).rejects.toMatchObject({
      code: "NOT_IMPLEMENTED",
    });
    await expect(
      start({ artifactsDestination: "http://h/api/2.0/mlflow-artifacts/artifacts" }),
    ).rejects.toThrow("the artifacts destination must be a folder");
  });

  test("requests in progress finish before it closes", async () => {
    const server = await startServer({ ...options, dataDir: folder });
    const chunks = new ReadableStream<Uint8Array>({
      async start(controller) {
        controller.enqueue(Buffer.from("first "));
        await new Promise((resolve) => setTimeout(resolve, 100)); // Give the server time to start closing.
        controller.enqueue(Buffer.from("second"));
        controller.close();
      },
    });
    const url = `${server.url}/api/2.0/mlflow-artifacts/artifacts/slow.txt`;
    const upload = fetch(url, { method: "PUT", body: chunks, duplex: "half" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await server.close();
    expect((await upload).status).toBe(200);
    expect(await readdir(join(folder, "artifacts"))).toEqual(["slow.txt"]);
  });
});
