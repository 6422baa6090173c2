/** One thing that a project can ask for, run by both programs. */
export type ProjectCase = {
  readonly feature: string;
  /** What follows `run`. */
  readonly args: (places: Places) => readonly string[];
  /** The project that both programs start in; default `parameters`. */
  readonly project?: string;
  /** The exit code of `flightdeck run`; default 0. */
  readonly exitCode?: number;
  readonly differs?: Difference;
};

/** What each of the two does on purpose, and the lines of the comparison that say so. */
export type Difference = {
  readonly stock: string;
  readonly ours: string;
  readonly lines: readonly string[];
};

/** What a test has laid out beforehand. */
export type Places = {
  /** A repository with copies of the projects: tag `v1`, then one more commit on `main`. */
  readonly repository: string;
  /** The commit of `v1`. */
  readonly commit: string;
  /** The same repository by git's own protocol. */
  readonly gitUrl: string;
  /** A copy for this program alone, which may change it. */
  readonly ownRepository: string;
  readonly zip: string;
  readonly zipUrl: string;
  readonly fileUrl: string;
  /** `runs:/` URI of a text file. */
  readonly runUri: string;
  /** `mlflow-artifacts:/` URI of the same. */
  readonly artifactUri: string;
};

const REFUSED_BEFORE: Omit<Difference, "lines"> = {
  stock: "fails when the run is there, which stays RUNNING",
  ours: "refused before a run is made",
};

/** In the order of the table. */
export const PROJECT_CASES: readonly ProjectCase[] = [
  { feature: "a folder, with the defaults of every type", args: () => ["."] },
  {
    feature: "`file:` with any number of slashes",
    args: ({ repository }) => [`file:///${repository}/parameters`],
    differs: {
      stock: "the source's name is the URI glued to the working directory",
      ours: "it is the repository and subdirectory, as for a path",
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
    feature: "string, int and float by `-P`",
    args: () => [".", "-P", "text=x", "-P", "count=-7", "-P", "ratio=1e-3"],
  },
  {
    feature: "shell metacharacters in a value",
    args: () => [".", "-P", 'text=$(id) `id` ; "y" | & *'],
    differs: {
      stock: "text for the program; recorded with the shell's quotes around it",
      ours: "text for the program; recorded as given",
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
      stock: "starts from the working directory; here the run stays RUNNING",
      ours: "starts from the project",
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
      ours: "fetched",
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
    feature: "path: a file that is not there",
    args: () => [".", "-P", "data=absent.txt"],
    exitCode: 1,
    differs: { ...REFUSED_BEFORE, lines: ["runs: RUNNING | none"] },
  },
  { feature: "uri: handed on as it is", args: () => [".", "-P", "address=dbfs:/data"] },
  {
    feature: "uri: without a scheme",
    args: () => [".", "-P", "address=data"],
    exitCode: 1,
    differs: { ...REFUSED_BEFORE, lines: ["runs: RUNNING | none"] },
  },
  {
    feature: "an int that is none",
    args: () => [".", "-P", "count=many"],
    exitCode: 1,
    differs: {
      stock: "the program gets it",
      ours: "refused, with all that is wrong at once and the usage",
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
      ours: "FAILED, the process's exit code, its last lines as the tag `flightdeck.failureMessage`",
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
    feature: "git: a version that is not there",
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
      stock: "checks it out in the folder itself, and adds a remote",
      ours: "runs a copy",
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
      ours: "run, as `.js` and `.mjs`",
      lines: ["exit code: 1 | 0", "runs: none | FINISHED", 'output: none | given ["--a","1"]'],
    },
  },
  { feature: "`conda_env` with `--env-manager local`", project: "conda", args: () => ["."] },
  { feature: "`python_env` with `--env-manager local`", project: "python-env", args: () => ["."] },
  {
    feature: "`docker_env` where no docker answers",
    project: "docker",
    args: () => ["."],
    exitCode: 1,
    differs: {
      stock: "fails when the run is there, which stays RUNNING",
      ours: "refused before a run is made, also where docker is: not there yet",
      lines: ["runs: RUNNING | none"],
    },
  },
];
