import { bringSpark } from "@flightdeck/spark";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { JAR_FILE, javaSources, SOURCE_DIGEST, sourceDigest } from "./jar-source.ts";

/*
 * Builds the jar that executors run from the Java sources beside this file. Needs javac from JDK 17 or newer on PATH.
 */

const scratch = mkdtempSync(join(tmpdir(), "flightdeck-jar-"));
try {
  const { sparkHome } = await bringSpark({ env: process.env });
  const classes = join(scratch, "classes");
  const sources = javaSources().map((source) => fileURLToPath(source));
  const classPath = join(sparkHome, "jars", "*");
  execFileSync(
    "javac",
    ["--release", "17", "-Xlint:all,-path,-serial", "-Werror", "-cp", classPath, "-d", classes, ...sources],
    {
      stdio: "inherit",
    },
  );
  const manifest = join(scratch, "manifest");
  writeFileSync(manifest, `${SOURCE_DIGEST}: ${sourceDigest()}\n`);
  // With a fixed date, the same classes always produce the same bytes.
  const date = ["--date", "2000-01-01T00:00:00Z"];
  execFileSync(
    "jar",
    ["--create", "--file", fileURLToPath(JAR_FILE), "--manifest", manifest, ...date, "-C", classes, "dev"],
    {
      stdio: "inherit",
    },
  );
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
