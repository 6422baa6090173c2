import { isAppError } from "@flightdeck/core";
import type { JobRun } from "@flightdeck/protocol";
import type { WorkspaceStore } from "@flightdeck/store";

/** What a task without a bound may use its token for: longer than trainings last. It ends with the run in any case. */
const LIFETIME_MS_MAX = 7 * 86_400_000;
/** A task at its bound still says good-bye. */
const MARGIN_MS = 60_000;

/** Any text serves where nobody needs to log in; clients ask for one all the same. */
const OPEN_TOKEN = "open";

export type RunToken = { readonly value: string; readonly tokenId?: string };

/** Gives runs tokens of those who submitted them, and takes them back. Undefined where nobody needs to log in. */
export class RunTokens {
  readonly #workspace: WorkspaceStore | undefined;

  constructor(workspace: WorkspaceStore | undefined) {
    this.#workspace = workspace;
  }

  async create({ runId, creatorUserName, spec }: JobRun): Promise<RunToken> {
    if (this.#workspace === undefined) return { value: OPEN_TOKEN };
    const { timeoutSeconds } = spec;
    const boundMs = timeoutSeconds === 0 ? LIFETIME_MS_MAX : timeoutSeconds * 1000 + MARGIN_MS;
    const { value, info } = await this.#workspace.createToken({
      principalName: creatorUserName,
      comment: `job run ${runId}`,
      lifetimeMs: Math.min(boundMs, LIFETIME_MS_MAX),
    });
    return { value, tokenId: info.tokenId };
  }

  /** No error for one that somebody else has revoked. */
  async revoke(tokenId: string | undefined): Promise<void> {
    if (this.#workspace === undefined || tokenId === undefined) return;
    try {
      await this.#workspace.revokeToken(tokenId);
    } catch (error) {
      if (!isAppError(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    }
  }
}
