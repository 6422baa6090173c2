import { startTestServer, type TestServer, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runPython, stockPython } from "./run-python.ts";

const python = await stockPython();

describe.skipIf(python.missing)(
  `large files from the stock Python client${python.missing ? ` (${python.reason})` : ""}`,
  () => {
    let server: TestServer;
    beforeAll(async () => {
      server = await startTestServer();
    });
    afterAll(() => server.close());

    // The client asks the server whether it supports multipart uploads, unless the user forces them.
    test.each(["asked", "forced"])("are uploaded in parts when the client is %s", async (how) => {
      const saw = await runPython({
        interpreter: valueOf(python),
        file: "upload_in_parts.py",
        args: [how],
        trackingUri: server.url,
      });
      expect(saw).toEqual({
        parts: [1, 2, 3, 4, 5, 6, 7],
        files: { "in/parts/large file ü.bin": 333_333, "in/parts/small.bin": 5 },
        same: true,
      });
    });
  },
);
