import { part, REPOSITORY_ROOT } from "@flightdeck/testkit";
import { DockerfileParser, type Instruction } from "dockerfile-ast";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { FLIGHTDECK } from "./serving-command.ts";

/* The files in `deploy/` fit the program and the tools that read them. No image is built, since that needs Docker. */

const deploy = (name: string): string => join(REPOSITORY_ROOT, "deploy", name);

/** The options of `flightdeck server`, as its help lists them. */
function serverOptions(): ReadonlySet<string> {
  const help = execFileSync(process.execPath, [FLIGHTDECK, "server", "--help"], { encoding: "utf8" });
  return new Set(help.match(/--[a-z][a-z-]*/g));
}

function expectKnownOptions(words: readonly string[]): void {
  const known = serverOptions();
  const given = words.filter((word) => word.startsWith("--") && word !== "--");
  expect(given).not.toEqual([]);
  for (const option of given) expect(known, option).toContain(option);
}

describe("the Dockerfile", async () => {
  const file = DockerfileParser.parse(await readFile(deploy("Dockerfile"), "utf8"));
  const instructions = file.getInstructions();
  const only = (keyword: string): Instruction => {
    const [found, ...more] = instructions.filter((each) => each.getKeyword() === keyword);
    if (found === undefined || more.length > 0) throw new TypeError(`one ${keyword} is expected`);
    return found;
  };

  test("has instructions that exist, and images with a version", () => {
    const known = "FROM WORKDIR COPY RUN USER ENV VOLUME EXPOSE HEALTHCHECK ENTRYPOINT CMD".split(" ");
    for (const each of instructions) expect(known).toContain(each.getKeyword());
    const images = file.getFROMs().map((from) => from.getImage() ?? "");
    expect(images).toHaveLength(2);
    for (const image of images) expect(image).toMatch(/^node:\d+-/);
  });

  test("copies from stages and paths that exist", () => {
    const stages = file.getFROMs().map((from) => from.getBuildStage());
    for (const copy of file.getCOPYs()) {
      const stage = copy.getFromFlag()?.getValue();
      if (stage !== undefined) expect(stages).toContain(stage);
    }
    expect(existsSync(FLIGHTDECK)).toBe(true);
    expect(only("VOLUME").getArguments().map(String)).toEqual(["/data"]);
  });

  test("does not run as root, says whether it is ready, and starts a server with options that exist", () => {
    expect(only("USER").getArguments().map(String)).toEqual(["node"]);
    expect(only("HEALTHCHECK").getTextContent()).toContain("/ready");
    const words = JSON.parse(only("CMD").getTextContent().slice("CMD ".length)) as string[]; // Exec form.
    expect(words[0]).toBe("server");
    expectKnownOptions(words);
  });
});

test("the compose file builds that Dockerfile, and publishes only on loopback", async () => {
  const { services, volumes } = parse(await readFile(deploy("compose.yaml"), "utf8")) as {
    services: {
      flightdeck: { build: { context: string; dockerfile: string }; ports: string[]; volumes: string[] };
    };
    volumes: Record<string, null>;
  };
  const { build, ports, volumes: mounts } = services.flightdeck;
  expect(existsSync(join(REPOSITORY_ROOT, "deploy", build.context, build.dockerfile))).toBe(true);
  expect(ports).toEqual(["127.0.0.1:5000:5000"]);
  expect(mounts).toEqual(["data:/data"]);
  expect(Object.keys(volumes)).toEqual(["data"]);
});

test("the unit starts a server with options that exist, and keeps its jobs", async () => {
  const unit = await readFile(deploy("flightdeck.service"), "utf8");
  const [, command = ""] = /^ExecStart=(.*)$/m.exec(unit) ?? [];
  expectKnownOptions(command.split(" "));
  expect(unit).toContain("KillMode=process");
});

const systemd = await part("systemd-analyze", async () => {
  execFileSync("systemd-analyze", ["--version"], { stdio: "ignore" });
});
const reason = systemd.missing ? ` (${systemd.reason})` : "";

test.skipIf(systemd.missing)(`systemd accepts the unit${reason}`, async () => {
  const folder = await mkdtemp(join(tmpdir(), "unit-"));
  const file = join(folder, "flightdeck.service");
  const unit = await readFile(deploy("flightdeck.service"), "utf8");
  await writeFile(file, unit.replaceAll("/usr/local/bin/flightdeck", FLIGHTDECK)); // The command is not installed there.
  const output = execFileSync("systemd-analyze", ["verify", file], { encoding: "utf8", stdio: "pipe" });
  await rm(folder, { recursive: true });
  expect(output).toBe("");
});
