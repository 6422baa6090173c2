import bundledChromium from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

/** Enough to start a browser on a busy machine with two cores. */
const START_TIMEOUT_MS = 60_000;

/**
 * Arguments of the bundle that tests must not use: they disable the origin checks under test, and put everything into
 * one process, which a second page may crash.
 */
const UNWANTED_ARGS = new Set([
  "--disable-web-security",
  "--allow-running-insecure-content",
  "--single-process",
  "--no-zygote",
]);

/** Chromium occasionally crashes while starting, about once in a hundred times on a busy machine. */
const LAUNCHES_MAX = 3;

/**
 * Starts the Chromium from npm, headless and without graphics. The caller must close it. Throws if it cannot run;
 * `part("Chromium", launchBrowser)` turns that into a named skip outside of CI.
 */
export async function launchBrowser(): Promise<Browser> {
  bundledChromium.setGraphicsMode = false;
  for (let launch = 1; ; launch++) {
    try {
      return await launchOnce();
    } catch (error) {
      if (launch === LAUNCHES_MAX || !String(error).includes("signal=SIGSEGV")) throw error;
    }
  }
}

async function launchOnce(): Promise<Browser> {
  return chromium.launch({
    executablePath: await bundledChromium.executablePath(), // Unpacked once to the temporary folder.
    args: bundledChromium.args.filter((arg) => !UNWANTED_ARGS.has(arg)),
    // In the C locale Chromium reports the language "en-US@posix", which its own Intl refuses.
    env: { ...definedEnvironment(), LANG: "en_US.UTF-8", LC_ALL: "en_US.UTF-8" },
    timeout: START_TIMEOUT_MS,
  });
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
