import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { freePort } from "@flightdeck/testkit";

/** git's own server for the repositories below a folder, on a free local port. */
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
    // `git daemon` starts a child process, so the whole group must be ended.
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
