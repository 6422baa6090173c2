/** One feature of projects, run by both programs. */
export type ProjectCase = {
  readonly feature: string;
  /** The arguments after `run`. */
  readonly args: (places: Places) => readonly string[];
  /** The project that is the working directory; default `parameters`. */
  readonly project?: string;
  /** The exit code of `flightdeck run`; default 0. */
  readonly exitCode?: number;
  readonly differs?: Difference;
};

/** An intended difference: a description for each program, and the lines of the comparison. */
export type Difference = {
  readonly stock: string;
  readonly ours: string;
  readonly lines: readonly string[];
};

/** Repositories, files and URIs that the test has prepared. */
export type Places = {
  /** A repository with copies of the projects: tag `v1`, then one more commit on `main`. */
  readonly repository: string;
  /** The commit of `v1`. */
  readonly commit: string;
  /** The same repository over git's own protocol. */
  readonly gitUrl: string;
  /** A separate copy for each program, which may change it. */
  readonly ownRepository: string;
  readonly zip: string;
  readonly zipUrl: string;
  readonly fileUrl: string;
  /** `runs:/` URI of a text file. */
  readonly runUri: string;
  /** `mlflow-artifacts:/` URI of the same file. */
  readonly artifactUri: string;
};

const REFUSED_BEFORE: Omit<Difference, "lines"> = {
  stock: "fails after creating the run, which stays RUNNING",
  ours: "an error before a run is created",
};

/** In the order of the table in the docs. */
export const PROJECT_CASES: readonly ProjectCase[] = [
  { feature: "a folder, with the defaults of every type", args: () => ["."] },
  {
    feature: "`file:` with any number of slashes",
    args: ({ repository }) => [`file:///${repository}/parameters`],
    differs: {
      stock: "the source name is the URI appended to the working directory",
      ours: "the source name is the repository and subdirectory, as for a path",
      lines: [
        "tag mlflow.source.name: $FOLDER/repository/parameters/file:$FOLDER/repository/parameters | file://$FOLDER/repository#parameters",
      ],
    },
  },
  {
    feature: "`file:` with `#subdirectory`",
    args: ({ repository }) => [`file://${repository}#parameters`],
    differs: {
      stock: "as above",
      ours: "as above",
      lines: [
        "tag mlflow.source.name: $FOLDER/repository/parameters/file:$FOLDER/repository#parameters | file://$FOLDER/repository#parameters",
      ],
    },
  },
  {
    feature: "string, int and float with `-P`",
    args: () => [".", "-P", "text=x", "-P", "count=-7", "-P", "ratio=1e-3"],
  },
  {
    feature: "shell metacharacters in a value",
    args: () => [".", "-P", 'text=$(id) `id` ; "y" | & *'],
    differs: {
      stock: "passed as text; recorded with shell quotes",
      ours: "passed as text; recorded as given",
      lines: ['param text: \'$(id) `id` ; "y" | & *\' | $(id) `id` ; "y" | & *'],
    },
  },
  { feature: "undeclared parameters are appended", args: () => [".", "-P", "conda-env=a", "-P", "z=1"] },
  { feature: "path: a file", args: () => [".", "-P", "data=show.py"] },
  {
    feature: "path: a relative default",
    project: "scripts",
    args: () => ["../parameters"],
    differs: {
      stock: "relative to the working directory; here the run stays RUNNING",
      ours: "relative to the project",
      lines: [
        "exit code: 1 | 0",
        "runs: RUNNING | FINISHED",
        'output: none | given ["plain", "3", "0.5", "data.txt: later flights", "s3://bucket/data"]',
        "has ended: false | true",
        "tag mlflow.project.backend: – | local",
      ],
    },
  },
  {
    feature: "path: an http URL",
    args: ({ fileUrl }) => [".", "-P", `data=${fileUrl}`],
    differs: {
      stock: "fails on a server without listings; the run stays RUNNING",
      ours: "downloaded",
      lines: [
        "exit code: 1 | 0",
        "runs: RUNNING | FINISHED",
        'output: none | given ["plain", "3", "0.5", "fetched.txt: fetched flights", "s3://bucket/data"]',
        "has ended: false | true",
        "tag mlflow.project.backend: – | local",
      ],
    },
  },
  { feature: "path: a `runs:` URI", args: ({ runUri }) => [".", "-P", `data=${runUri}`] },
  {
    feature: "path: an `mlflow-artifacts:` URI",
    args: ({ artifactUri }) => [".", "-P", `data=${artifactUri}`],
  },
  {
    feature: "path: a missing file",
    args: () => [".", "-P", "data=absent.txt"],
    exitCode: 1,
    differs: { ...REFUSED_BEFORE, lines: ["runs: RUNNING | none"] },
  },
  { feature: "uri: passed unchanged", args: () => [".", "-P", "address=dbfs:/data"] },
  {
    feature: "uri: without a scheme",
    args: () => [".", "-P", "address=data"],
    exitCode: 1,
    differs: { ...REFUSED_BEFORE, lines: ["runs: RUNNING | none"] },
  },
  {
    feature: "an invalid int",
    args: () => [".", "-P", "count=many"],
    exitCode: 1,
    differs: {
      stock: "passed to the program",
      ours: "an error that lists all problems and the usage",
      lines: [
        "exit code: 0 | 1",
        "runs: FINISHED | none",
        'output: given ["plain", "many", "0.5", "data.txt: later flights", "s3://bucket/data"] | none',
      ],
    },
  },
  {
    feature: "a missing parameter",
    args: () => [".", "-e", "required", "-P", "count=1"],
    exitCode: 1,
  },
  { feature: "an unknown entry point", args: () => [".", "-e", "mian"], exitCode: 1 },
  {
    feature: "a process that fails",
    args: () => [".", "-e", "fail"],
    exitCode: 3,
    differs: {
      stock: "FAILED, exit code 1",
      ours: "FAILED, the process's exit code, its last lines in the tag `flightdeck.failureMessage`",
      lines: ["exit code: 1 | 3", String.raw`tag flightdeck.failureMessage: – | exit code 3\nout of disk`],
    },
  },
  { feature: "`--run-name`", args: () => [".", "--run-name", "first"] },
  {
    feature: "a project that runs a project",
    args: () => [".", "-e", "nested"],
    differs: {
      stock: "two runs side by side",
      ours: "the inner run is nested in the outer one",
      lines: ["run 2 tag mlflow.parentRunId: – | <id>"],
    },
  },
  {
    feature: "git: a URL with `#subdirectory`",
    args: ({ gitUrl }) => [`${gitUrl}#parameters`, "-e", "data"],
  },
  { feature: "git: `-v` a tag", args: ({ gitUrl }) => [`${gitUrl}#parameters`, "-e", "data", "-v", "v1"] },
  {
    feature: "git: `-v` a branch",
    args: ({ gitUrl }) => [`${gitUrl}#parameters`, "-e", "data", "-v", "main"],
  },
  {
    feature: "git: `-v` a commit",
    args: ({ gitUrl, commit }) => [`${gitUrl}#parameters`, "-e", "data", "-v", commit],
  },
  {
    feature: "git: an unknown version",
    args: ({ gitUrl }) => [`${gitUrl}#parameters`, "-v", "v2"],
    exitCode: 1,
  },
  {
    feature: "git: a server that cannot be reached",
    args: () => ["http://127.0.0.1:1/me/repo.git"],
    exitCode: 1,
  },
  {
    feature: "git: `-v` for a folder",
    args: ({ ownRepository }) => [`file://${ownRepository}#parameters`, "-e", "data", "-v", "v1"],
    differs: {
      stock: "checks it out in the folder itself and adds a remote",
      ours: "checks it out in a temporary folder",
      lines: [
        "tag mlflow.source.git.repoURL: file://$COPY | –",
        "tag mlflow.source.name: $FOLDER/repository/parameters/file:$COPY#parameters | file://$COPY#parameters",
      ],
    },
  },
  { feature: "zip: by path", args: ({ zip }) => [zip, "-e", "data"] },
  { feature: "zip: by URL, `#subdirectory`", args: ({ zipUrl }) => [`${zipUrl}#parameters`, "-e", "data"] },
  {
    feature: "no MLproject: a `.py` script",
    project: "scripts",
    args: () => [".", "-e", "show.py", "-P", "a=1"],
  },
  {
    feature: "no MLproject: a `.sh` script",
    project: "scripts",
    args: () => [".", "-e", "show.sh", "-P", "a=1"],
  },
  {
    feature: "no MLproject: a `.ts` script",
    project: "scripts",
    args: () => [".", "-e", "show.ts", "-P", "a=1"],
    differs: {
      stock: "–",
      ours: "runs, as do `.js` and `.mjs`",
      lines: ["exit code: 1 | 0", "runs: none | FINISHED", 'output: none | given ["--a","1"]'],
    },
  },
  { feature: "`conda_env` with `--env-manager local`", project: "conda", args: () => ["."] },
  { feature: "`python_env` with `--env-manager local`", project: "python-env", args: () => ["."] },
  {
    feature: "`docker_env` without a running docker",
    project: "docker",
    args: () => ["."],
    exitCode: 1,
    differs: {
      stock: "fails after creating the run, which stays RUNNING",
      ours: "an error before a run is created, even with docker: not supported yet",
      lines: ["runs: RUNNING | none"],
    },
  },
];
