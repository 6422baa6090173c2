import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo } from "node:net";

/** git's own server, for repositories below a folder, on a free port of this machine. */
export class GitDaemon {
  readonly url: string;
  private readonly daemon: ChildProcess;

  private constructor(url: string, daemon: ChildProcess) {
    this.url = url;
    this.daemon = daemon;
  }

  static async start(folder: string): Promise<GitDaemon> {
    const port = await freePort();
    const where = ["--listen=127.0.0.1", `--port=${port}`, `--base-path=${folder}`];
    // The daemon itself, without the starter that would leave it behind.
    const daemon = spawn("git", ["daemon", "--reuseaddr", "--export-all", ...where], {
      stdio: "ignore",
      detached: true,
    });
    await untilAnswers(port);
    return new GitDaemon(`git://127.0.0.1:${port}`, daemon);
  }

  async close(): Promise<void> {
    const ended = once(this.daemon, "exit");
    process.kill(-(this.daemon.pid ?? 0), "SIGTERM");
    await ended;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo; // A listening TCP server has one.
  probe.close();
  await once(probe, "close");
  return port;
}

async function untilAnswers(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, "127.0.0.1");
    const answers = await once(socket, "connect").then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (answers) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
