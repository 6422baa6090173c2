import type { InjectOptions } from "fastify";
import type { Attack } from "./attack-requests.ts";
import type { World } from "./two-worlds.ts";

type Answered = { readonly status: number; readonly body: string };

export type Attacked = {
  /** Whose something is attacked. */
  readonly victim: World;
  /** Sends a request as the attacker. */
  send(this: void, request: InjectOptions): Promise<Answered>;
  /** Whether an answer gives what was asked for. */
  isGiven(this: void, answer: Answered): boolean;
};

/** Tries every attack, and gives what got through to the victim. */
export async function findHoles(
  attacks: readonly Attack[],
  { victim, send, isGiven }: Attacked,
): Promise<readonly string[]> {
  const before = await victim.fingerprint();
  const holes: string[] = [];
  let sent = "";
  for (const { tries, request, mustFail } of attacks) {
    const answer = await send(request);
    sent += decoded(`${request.url} ${JSON.stringify([request.payload, request.headers])}`);
    const body = `${answer.body} ${tokensIn(answer.body)}`;
    const told = victim.marks.filter((mark) => body.includes(mark) && !sent.includes(mark));
    if (mustFail && isGiven(answer)) holes.push(`${tries}: ${answer.status} ${body.slice(0, 200)}`);
    if (told.length > 0) holes.push(`${tries}: the answer, ${answer.status}, holds ${told.join(" and ")}`);
  }
  const after = await victim.fingerprint().catch(String); // What is gone cannot be read.
  if (after !== before) holes.push("something of the victim's has changed");
  return holes;
}

/** Also as names that paths spell with slashes. */
function decoded(text: string): string {
  try {
    const plain = decodeURIComponent(text.replaceAll("+", " "));
    return `${plain} ${plain.replaceAll("/", ".")}`;
  } catch {
    return text;
  }
}

/** What page tokens say, which are base64. */
function tokensIn(body: string): string {
  const texts = body.match(/"[\w+/=-]{16,}"/g) ?? [];
  return texts.map((text) => Buffer.from(text.slice(1, -1), "base64").toString()).join(" ");
}
