import { Socket } from "node:net";
import { WATCH_FD } from "./worker-messages.ts";

/*
 * A thread next to the objective in a child process. The pipe closes when the searching process ends, even by SIGKILL;
 * this thread then kills the whole process group, even if the objective blocks its own thread.
 */
const pipe = new Socket({ fd: WATCH_FD });
pipe.on("close", () => process.kill(-process.pid, "SIGKILL"));
pipe.on("error", () => {}); // `close` follows.
pipe.resume();
