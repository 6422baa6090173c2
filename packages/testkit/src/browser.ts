import bundledChromium from "@sparticuz/chromium";
import { type Browser, chromium } from "playwright-core";

/** Starting a browser on a busy machine of two cores. */
const START_TIMEOUT_MS = 60_000;

/**
 * The bundled arguments that a test must not have: they switch off the checks of origins that a test is about, and put
 * everything into one process, which a second page may take down.
 */
const UNWANTED_ARGS = new Set([
  "--disable-web-security",
  "--allow-running-insecure-content",
  "--single-process",
  "--no-zygote",
]);

/** Now and then it faults in a thread of its own while it starts, about once in a hundred times on a busy machine. */
const LAUNCHES_MAX = 3;

/**
 * Starts the Chromium that comes by npm, without a window and without graphics. Closing it is the caller's duty. Throws
 * where it cannot run; `part("Chromium", launchBrowser)` makes a named skip of that outside of CI.
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
    executablePath: await bundledChromium.executablePath(), // Unpacks to the temporary folder, once.
    args: bundledChromium.args.filter((arg) => !UNWANTED_ARGS.has(arg)),
    // In the C locale it would name its language "en-US@posix", which its own Intl refuses.
    env: { ...definedEnvironment(), LANG: "en_US.UTF-8", LC_ALL: "en_US.UTF-8" },
    timeout: START_TIMEOUT_MS,
  });
}

function definedEnvironment(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
