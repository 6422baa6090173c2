import { AppError } from "@flightdeck/core";
import { defineLibraries } from "@flightdeck/environments";
import type { JobTask, Library } from "@flightdeck/protocol";
import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parseTaskFile } from "./dbfs-file.ts";

export type CheckTaskInput = {
  readonly task: JobTask;
  readonly libraries: readonly Library[];
  readonly sparkEnvVars: Variables;
};

/** Throws `INVALID_PARAMETER_VALUE` for a task that could never start, regardless of what DBFS contains. */
export function checkTask({ task, libraries, sparkEnvVars }: CheckTaskInput): void {
  checkedVariables(sparkEnvVars);
  if (task.kind === "shell_command") checkedVariables(task.envVars);
  if (task.kind === "spark_python") parseTaskFile(task.pythonFile);
  const named = libraries.flatMap((each) => ("pypi" in each ? [each.pypi] : []));
  defineLibraries(named.map(({ package: requirement, repo }) => ({ requirement, indexUrl: repo })));
}

/** The environment of a process. */
export type Variables = Readonly<Record<string, string>>;

/**
 * The server's environment variables that tasks inherit: program paths, locale, network and package sources. An
 * allow-list, because other variables may hold the server's secrets.
 */
const PASSED: readonly string[] = `
  PATH LANG LANGUAGE LC_ALL LC_CTYPE TZ USER LOGNAME SHELL
  SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE CURL_CA_BUNDLE GIT_SSL_CAINFO NODE_EXTRA_CA_CERTS NIX_SSL_CERT_FILE
  HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy
  PIP_CONFIG_FILE PIP_INDEX_URL PIP_EXTRA_INDEX_URL PIP_FIND_LINKS PIP_CERT PIP_DEFAULT_TIMEOUT PIP_CACHE_DIR
  UV_CONFIG_FILE UV_DEFAULT_INDEX UV_INDEX UV_INDEX_URL UV_EXTRA_INDEX_URL UV_FIND_LINKS UV_CACHE_DIR
  PYENV_ROOT UV_PYTHON_INSTALL_DIR CONDA_EXE MLFLOW_CONDA_HOME NPM_CONFIG_USERCONFIG NPM_CONFIG_CACHE
  JAVA_HOME SPARK_HOME CUDA_HOME CUDA_VISIBLE_DEVICES NVIDIA_VISIBLE_DEVICES LD_LIBRARY_PATH
`
  .split(/\s+/)
  .filter((name) => name !== "");

/** The server's environment variables that a task inherits. */
export function passedVariables(env: NodeJS.ProcessEnv): Variables {
  const passed = PASSED.flatMap((name): [string, string][] => {
    const value = env[name];
    return value === undefined ? [] : [[name, value]];
  });
  return { ...homeVariables(env), ...Object.fromEntries(passed) };
}

/** Each task has a separate home. These variables let it share Pythons and package caches in the server user's home. */
function homeVariables(env: NodeJS.ProcessEnv): Variables {
  const home = env["HOME"] ?? homedir();
  const caches = env["XDG_CACHE_HOME"] ?? join(home, ".cache");
  const pipConfig = join(env["XDG_CONFIG_HOME"] ?? join(home, ".config"), "pip", "pip.conf");
  return {
    PYENV_ROOT: join(home, ".pyenv"),
    UV_PYTHON_INSTALL_DIR: join(env["XDG_DATA_HOME"] ?? join(home, ".local", "share"), "uv", "python"),
    PIP_CACHE_DIR: join(caches, "pip"),
    UV_CACHE_DIR: join(caches, "uv"),
    NPM_CONFIG_CACHE: join(home, ".npm"),
    NPM_CONFIG_USERCONFIG: join(home, ".npmrc"),
    ...(existsSync(pipConfig) && { PIP_CONFIG_FILE: pipConfig }),
  };
}

const NAME = /^[A-Za-z_]\w*$/;

/** Checks a task's own variables. Throws `INVALID_PARAMETER_VALUE` for those that cannot be in an environment. */
export function checkedVariables(variables: Variables): Variables {
  for (const [name, value] of Object.entries(variables)) {
    if (NAME.test(name) && !value.includes("\0")) continue;
    const message = `an environment variable must have a name of letters, digits and _ and a value without NUL, got ${JSON.stringify(name)}`;
    throw new AppError("INVALID_PARAMETER_VALUE", message);
  }
  return variables;
}

/** Exempts this server from the proxy. */
export function withoutProxyFor(serverUrl: string, variables: Variables): Variables {
  const { hostname } = new URL(serverUrl);
  const hosts = [variables["no_proxy"] ?? variables["NO_PROXY"], hostname].filter(
    (each) => each !== undefined,
  );
  return { ...variables, no_proxy: hosts.join(","), NO_PROXY: hosts.join(",") };
}
