import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export type SparkConfOptions = {
  readonly folder: string;
  /** The folder for `SPARK_CONF_DIR`. */
  readonly confDir: string;
  readonly master: string;
  readonly connectPort: number;
  readonly workers: number;
  readonly coresPerWorker: number;
  readonly memoryMb: number;
  /** The token that clients of the Connect server must send. */
  readonly token: string;
  /** The shared secret by which the cluster's programs and its applications authenticate each other. */
  readonly secret: string;
};

/** The whole cluster listens on this address, so other machines cannot reach it. */
export const HOST = "127.0.0.1";

/**
 * Writes the folder for `SPARK_CONF_DIR`, readable only by its owner. Applications that use it can join the cluster;
 * all others are rejected. Every user of the machine can reach loopback ports, and anyone who can submit to Spark runs
 * programs as the user who started it.
 */
export async function writeConf(options: SparkConfOptions): Promise<void> {
  const { confDir } = options;
  await mkdir(confDir, { recursive: true, mode: 0o700 });
  const lines = Object.entries(settingsOf(options)).map(([name, value]) => `${name} ${value}\n`);
  await writeFile(join(confDir, "spark-defaults.conf"), lines.join(""), { mode: 0o600 });
  await writeFile(join(confDir, "log4j2.properties"), LOGGING);
}

function settingsOf(options: SparkConfOptions): Readonly<Record<string, string>> {
  const { folder, master, connectPort, workers, coresPerWorker, memoryMb, token, secret } = options;
  return {
    "spark.master": master,
    "spark.authenticate": "true",
    "spark.authenticate.secret": secret,
    "spark.connect.authenticate.token": token,
    "spark.connect.grpc.binding.address": HOST,
    "spark.connect.grpc.binding.port": String(connectPort),
    "spark.driver.host": HOST,
    "spark.driver.bindAddress": HOST,
    // An application takes every core it may. Half of what the workers offer leaves room for a second application.
    "spark.cores.max": String(workers * coresPerWorker),
    "spark.executor.cores": String(coresPerWorker),
    "spark.executor.memory": `${memoryMb}m`,
    "spark.local.dir": join(folder, "scratch"),
    "spark.sql.warehouse.dir": join(folder, "warehouse"),
    "spark.sql.catalogImplementation": "in-memory",
    // Running a trial twice at the same time is a waste.
    "spark.speculation": "false",
    "spark.ui.enabled": "false",
  };
}

const LOGGING = `rootLogger.level = warn
rootLogger.appenderRef.stderr.ref = stderr
appender.stderr.type = Console
appender.stderr.name = stderr
appender.stderr.target = SYSTEM_ERR
appender.stderr.layout.type = PatternLayout
appender.stderr.layout.pattern = %d{HH:mm:ss} %p %c{1}: %m%n%ex
`;
