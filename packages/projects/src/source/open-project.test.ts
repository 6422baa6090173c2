import { once } from "node:events";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readFile, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { GitRepository } from "../testing/git-repository.ts";
import { writeZip } from "../testing/write-zip.ts";
import { checkOutRepository } from "./check-out-repository.ts";
import { findGitFacts } from "./git.ts";
import { type OpenedProject, openProject, type OpenProjectOptions } from "./open-project.ts";

const project = (name: string): string => `name: ${name}\nentry_points: {main: {command: "echo ${name}"}}\n`;

let repository: GitRepository;
let folder: string;
beforeEach(async () => {
  repository = new GitRepository();
  folder = await realpath(await mkdtemp(join(tmpdir(), "open-project-")));
});
afterEach(async () => {
  repository.remove();
  await rm(folder, { recursive: true, force: true });
});

type Seen = { name: string | undefined; facts: unknown } & Pick<OpenedProject, "sourceName" | "branch">;

/** Opens and closes a project, and checks that fetched files are removed. */
async function see(options: OpenProjectOptions): Promise<Seen> {
  const opened = await openProject(options);
  const { name, folder: at } = opened.project;
  const seen = { name, facts: await findGitFacts(at), ...opened };
  await opened.close();
  if (!at.startsWith(repository.folder)) await expect(stat(at)).rejects.toThrow("ENOENT");
  return seen;
}

test("a branch, a tag or a commit is checked out; the repository itself is unchanged", async () => {
  const first = repository.commit({ "sub/MLproject": project("first") });
  repository.git("tag", "v1");
  repository.git("tag", "--annotate", "v1-annotated", "-m", "one");
  const second = repository.commit({ "sub/MLproject": project("second") });
  repository.git("branch", "dev", first);
  await writeFile(join(repository.folder, "sub/MLproject"), project("uncommitted"));
  const uri = `file://${repository.folder}#sub`;
  expect(await see({ uri, version: "v1" })).toMatchObject({
    name: "first",
    sourceName: uri,
    facts: { commit: first },
  });
  expect(await see({ uri, version: "v1" })).toHaveProperty("branch", undefined);
  expect(await see({ uri, version: "v1-annotated" })).toMatchObject({ name: "first" });
  expect(await see({ uri, version: "dev" })).toMatchObject({ name: "first", branch: "dev" });
  expect(await see({ uri, version: "main" })).toMatchObject({
    name: "second",
    branch: "main",
    facts: { commit: second },
  });
  expect(await see({ uri, version: first })).toMatchObject({ name: "first" });
  expect(await see({ uri, version: first.slice(0, 8) })).toMatchObject({ name: "first" });
  expect(await see({ uri })).toMatchObject({ name: "uncommitted" });
  expect(await readFile(join(repository.folder, "sub/MLproject"), "utf8")).toBe(project("uncommitted"));
});

test("opens a subfolder of a repository, and a bare repository", async () => {
  const commit = repository.commit({ "sub/MLproject": project("first") });
  expect(await see({ uri: join(repository.folder, "sub"), version: "main" })).toMatchObject({
    name: "first",
    sourceName: `file://${repository.folder}#sub`,
  });
  const bare = join(folder, "project.git");
  repository.git("clone", "--quiet", "--bare", repository.folder, bare);
  expect(await see({ uri: `file://${bare}#sub` })).toMatchObject({
    name: "first",
    sourceName: `file://${bare}#sub`,
    facts: { commit },
  });
});

test("a checkout has the same origin as its repository", async () => {
  repository.commit({ MLproject: project("first") });
  expect((await see({ uri: repository.folder, version: "main" })).facts).toMatchObject({
    repoUrl: undefined,
  });
  repository.git("remote", "add", "origin", "https://me:secret@example.com/me/repo.git");
  expect(await see({ uri: repository.folder, version: "main" })).toMatchObject({
    facts: { repoUrl: "https://example.com/me/repo.git" },
  });
});

test("submodules are fetched, but a remote repository cannot name local ones", async () => {
  const inner = new GitRepository();
  inner.commit({ "inner.txt": "inner\n" });
  repository.commit({ MLproject: project("outer") });
  repository.git("-c", "protocol.file.allow=always", "submodule", "add", "--quiet", inner.folder, "sub");
  repository.commit({});
  const opened = await openProject({ uri: repository.folder, version: "main" });
  expect(await readFile(join(opened.project.folder, "sub/inner.txt"), "utf8")).toBe("inner\n");
  await opened.close();
  const target = join(folder, "checkout");
  await mkdir(target);
  const fetched = checkOutRepository({ repository: `file://${repository.folder}`, folder: target });
  await expect(fetched).rejects.toThrow("transport 'file' not allowed");
  inner.remove();
});

test.each([
  ["mian", 'did you mean "main"?'],
  ["deadbeef", "is not a branch, tag or commit"],
  ["--upload-pack=touch owned", "is not a branch, tag or commit"],
  ["+refs/heads/*:refs/heads/*", "is not a branch, tag or commit"],
])("rejects version %s", async (version, message) => {
  repository.commit({ MLproject: project("first") });
  await expect(openProject({ uri: repository.folder, version })).rejects.toMatchObject({
    code: "INVALID_PARAMETER_VALUE",
    message: expect.stringContaining(message) as string,
  });
});

test("an unreadable repository gives a one-line error without secrets", async () => {
  await expect(openProject({ uri: folder, version: "main" })).rejects.toThrow(`${folder} is not in one`);
  const error: unknown = await openProject({ uri: "http://me:secret@127.0.0.1:1/me/repo.git" }).catch(
    (e: unknown) => e,
  );
  expect(error).toMatchObject({ code: "IO_ERROR" });
  expect(String(error)).toMatch(/git repository http:\/\/127\.0\.0\.1:1\/me\/repo\.git cannot be read: .+/);
  expect(String(error)).not.toContain("secret");
});

test("the signal cancels a fetch", async () => {
  const stop = new AbortController();
  const server = createServer(() => stop.abort()).listen(0, "127.0.0.1"); // Answers nothing.
  await once(server, "listening");
  const { port } = server.address() as { port: number }; // A TCP server's address is an object.
  const uri = `http://127.0.0.1:${port}/repo.git`;
  await expect(openProject({ uri, signal: stop.signal })).rejects.toMatchObject({ code: "CANCELLED" });
  server.closeAllConnections();
  server.close();
});

test("opens a zip file by path, file: URI or URL, with a wrapper folder or a subdirectory", async () => {
  const archive = join(folder, "repo.zip");
  await writeZip(archive, [
    { name: "repo-main/MLproject", text: project("outer") },
    { name: "repo-main/sub/MLproject", text: project("inner") },
  ]);
  expect(await see({ uri: "repo.zip", cwd: folder })).toMatchObject({ name: "outer", sourceName: archive });
  const inner = { name: "inner", sourceName: `${archive}#repo-main/sub` };
  expect(await see({ uri: `file://${archive}#repo-main/sub` })).toMatchObject(inner);
  const server = createServer((_, response) => createReadStream(archive).pipe(response)).listen(
    0,
    "127.0.0.1",
  );
  await once(server, "listening");
  const { port } = server.address() as { port: number }; // A TCP server's address is an object.
  const url = `http://127.0.0.1:${port}/repo.zip`;
  expect(await see({ uri: url })).toMatchObject({ name: "outer", sourceName: url });
  server.close();
});

test("rejects a missing zip file, a missing subdirectory, and a version of a zip file", async () => {
  const archive = join(folder, "repo.zip");
  await expect(openProject({ uri: archive })).rejects.toThrow(`project ${archive} does not exist`);
  await writeZip(archive, [{ name: "MLproject", text: project("x") }]);
  await expect(openProject({ uri: `${archive}#sub` })).rejects.toThrow('no subdirectory "sub"');
  await expect(openProject({ uri: archive, version: "v1" })).rejects.toThrow("is a zip file");
});
