import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { JAR_FILE, SOURCE_DIGEST, sourceDigest } from "./jar-source.ts";

test("the committed jar was built from the Java beside it: npm run build:jar -w @flightdeck/spark", () => {
  // A jar is a zip file, which Python can read without a JDK.
  const read =
    "import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read('META-INF/MANIFEST.MF').decode())";
  const manifest = execFileSync("python3", ["-c", read, fileURLToPath(JAR_FILE)], { encoding: "utf8" });
  expect(manifest).toContain(`${SOURCE_DIGEST}: ${sourceDigest()}`);
});
