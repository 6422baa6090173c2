import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { cp, mkdtemp, readFile, realpath, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MlflowClient } from "@flightdeck/client";
import { REPOSITORY_ROOT, startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { stockPython } from "../run-python.ts";
import { compareOutcomes, type Replacement } from "./compare-outcomes.ts";
import { GitDaemon } from "./git-daemon.ts";
import { mlprojectSection } from "./mlproject-section.ts";
import { type Places, PROJECT_CASES } from "./project-cases.ts";
import { type Outcome, type ProjectCommand, runByFlightdeck, runByStock } from "./run-both.ts";

/* Runs each MLproject feature with stock `mlflow run` and with `flightdeck run`, on the same project and server. */

const python = await stockPython();
const PROJECTS = join(REPOSITORY_ROOT, "acceptance/projects");
const COPIED = ["parameters", "conda", "python-env", "docker", "scripts"];

describe.skipIf(python.missing)(`MLproject${python.missing ? ` (${python.reason})` : ""}`, () => {
  let server: TestServer;
  let files: Server;
  let daemon: GitDaemon;
  let folder: string;
  let replacements: readonly Replacement[];
  let stock: readonly Outcome[];
  let ours: readonly Outcome[];

  beforeAll(async () => {
    server = await startTestServer();
    folder = await realpath(await mkdtemp(join(tmpdir(), "mlproject-")));
    files = createServer((request, response) =>
      createReadStream(join(folder, request.url ?? "")).pipe(response),
    );
    await once(files.listen(0, "127.0.0.1"), "listening");
    daemon = await GitDaemon.start(folder);
    const places = await layOut();
    const options = { python: valueOf(python), trackingUri: server.url, folder };
    stock = await runByStock({
      ...options,
      commands: commandsFor({ ...places, ownRepository: join(folder, "stock") }),
    });
    ours = await runByFlightdeck({
      ...options,
      commands: commandsFor({ ...places, ownRepository: join(folder, "ours") }),
    });
  });
  afterAll(async () => {
    files?.close();
    await daemon?.close();
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test.each(PROJECT_CASES.map((each, index) => ({ ...each, index })))(
    "$feature",
    ({ differs, exitCode = 0, index }) => {
      const [theirs, own] = [stock[index]!, ours[index]!];
      const lines = compareOutcomes(theirs, own, replacements);
      expect(lines, `stock: ${theirs.output}\nours: ${own.output}`).toEqual(differs?.lines ?? []);
      expect(own.code).toBe(exitCode);
    },
  );

  test("running a version of a folder does not change the folder", async () => {
    const head = await readFile(join(folder, "ours/.git/HEAD"), "utf8");
    expect(head).toBe("ref: refs/heads/main\n");
    expect(await readFile(join(folder, "ours/.git/config"), "utf8")).not.toContain("remote");
  });

  test("docs/COMPATIBILITY.md is up to date", async () => {
    expect(await readFile(join(REPOSITORY_ROOT, "docs/COMPATIBILITY.md"), "utf8")).toContain(
      mlprojectSection(),
    );
  });

  async function layOut(): Promise<Omit<Places, "ownRepository">> {
    const repository = join(folder, "repository");
    for (const name of COPIED) await cp(join(PROJECTS, name), join(repository, name), { recursive: true });
    const git = (...args: readonly string[]): string => {
      const identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
      return execFileSync("git", ["-C", repository, ...identity, ...args], { encoding: "utf8" }).trim();
    };
    git("init", "--quiet", "--initial-branch", "main");
    git("add", ".");
    git("commit", "--quiet", "-m", "first");
    git("tag", "v1");
    const commit = git("rev-parse", "HEAD");
    await writeFile(join(repository, "parameters/data.txt"), "later flights\n");
    git("commit", "--quiet", "-a", "-m", "second");
    const head = git("rev-parse", "HEAD");
    git("archive", "--format", "zip", "--output", join(folder, "wrapped.zip"), "HEAD:parameters");
    git("archive", "--format", "zip", "--output", join(folder, "project.zip"), "HEAD");
    for (const copy of ["stock", "ours"]) await cp(repository, join(folder, copy), { recursive: true });
    await writeFile(join(folder, "fetched.txt"), "fetched flights\n");
    const { port } = files.address() as AddressInfo; // A TCP server's address is an object.
    const url = `http://127.0.0.1:${port}`;
    replacements = [
      [commit, "<first commit>"],
      [head, "<second commit>"],
      [join(folder, "stock"), "$COPY"],
      [join(folder, "ours"), "$COPY"],
      [folder, "$FOLDER"],
      [url, "$URL"],
    ];
    return {
      repository,
      commit,
      gitUrl: `${daemon.url}/repository`,
      zip: join(folder, "wrapped.zip"),
      zipUrl: `${url}/project.zip`,
      fileUrl: `${url}/fetched.txt`,
      ...(await logArtifact()),
    };
  }

  async function logArtifact(): Promise<Pick<Places, "runUri" | "artifactUri">> {
    const client = new MlflowClient({ trackingUri: server.url });
    const { info } = await client.createRun({ experimentId: "0" });
    const body = "logged flights\n";
    const { status } = await fetch(client.artifactUrl(info.artifactUri, "data/logged.txt"), {
      method: "PUT",
      body,
    });
    expect(status).toBe(200);
    return {
      runUri: `runs:/${info.runId}/data/logged.txt`,
      artifactUri: `${info.artifactUri}/data/logged.txt`,
    };
  }
});

function commandsFor(places: Places): readonly ProjectCommand[] {
  return PROJECT_CASES.map(({ args, project = "parameters" }) => {
    return { args: args(places), cwd: join(places.repository, project) };
  });
}
