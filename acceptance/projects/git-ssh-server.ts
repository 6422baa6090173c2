import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import ssh from "ssh2";

/** Serves the repositories below a folder over ssh, for one key. */
export class GitSshServer {
  readonly port: number;
  /** The `GIT_SSH_COMMAND` for access. */
  readonly command: string;
  private readonly server: ssh.Server;

  private constructor(server: ssh.Server, command: string) {
    const { port } = server.address() as AddressInfo; // A TCP server's address is an object.
    this.port = port;
    this.server = server;
    this.command = command;
  }

  static async start(folder: string): Promise<GitSshServer> {
    const [hostKey, userKey] = [join(folder, "ssh-host"), join(folder, "ssh-user")];
    for (const key of [hostKey, userKey])
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key], { stdio: "pipe" });
    const allowed = readFileSync(`${userKey}.pub`, "utf8").split(" ")[1] ?? "";
    const server = new ssh.Server({ hostKeys: [readFileSync(hostKey)] }, (client) =>
      serve(client, { allowed, folder }),
    );
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo; // A TCP server's address is an object.
    const known = join(folder, "ssh-known");
    writeFileSync(known, `[127.0.0.1]:${port} ${readFileSync(`${hostKey}.pub`, "utf8")}`);
    return new GitSshServer(
      server,
      `ssh -F none -i ${userKey} -o UserKnownHostsFile=${known} -o BatchMode=yes`,
    );
  }

  async close(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }
}

type Allowed = { readonly allowed: string; readonly folder: string };

/** The library has already checked that the client holds the private key. */
function serve(client: ssh.Connection, { allowed, folder }: Allowed): void {
  client.on("error", () => undefined); // The client disconnected.
  client.on("authentication", (context) => {
    if (context.method === "publickey" && context.key.data.toString("base64") === allowed) context.accept();
    else context.reject(["publickey"]);
  });
  client.on("session", (accept) => {
    accept().on("exec", (acceptExec, reject, { command }) => {
      const path = /^git-upload-pack '\/([\w/.-]+)'$/.exec(command)?.[1];
      if (path === undefined) {
        reject();
        return;
      }
      const channel = acceptExec();
      const git = spawn("git", ["upload-pack", join(folder, path)], { stdio: "pipe" });
      channel.pipe(git.stdin);
      git.stdout.pipe(channel, { end: false });
      git.once("close", (code) => {
        channel.exit(code ?? 1);
        channel.end();
      });
    });
  });
}
