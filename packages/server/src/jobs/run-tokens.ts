import { AppError, isAppError } from "@flightdeck/core";
import type { JobRun } from "@flightdeck/protocol";
import type { WorkspaceStore } from "@flightdeck/store";

/** What a task without a bound may use its token for: longer than trainings last. It ends with the run in any case. */
const LIFETIME_MS_MAX = 7 * 86_400_000;
/** A task at its bound still says good-bye. */
const MARGIN_MS = 60_000;

/** Any text serves where nobody needs to log in; clients ask for one all the same. */
const OPEN_TOKEN = "open";

/** A run, and the token that it was submitted by. */
export type SubmittedRun = { readonly run: JobRun; readonly submitTokenId: string | undefined };
export type RunToken = { readonly value: string; readonly tokenId?: string };

/** Gives runs tokens that are made with those that they were submitted by, and takes them back. */
export class RunTokens {
  readonly #workspace: WorkspaceStore;
  readonly #needsLogin: boolean;

  /** `needsLogin` where a task without a token could do nothing. */
  constructor(workspace: WorkspaceStore, { needsLogin }: { readonly needsLogin: boolean }) {
    this.#workspace = workspace;
    this.#needsLogin = needsLogin;
  }

  /** Throws `PERMISSION_DENIED` when the token that a run was submitted by has ended, or there was none. */
  async create({ run, submitTokenId }: SubmittedRun): Promise<RunToken> {
    if (submitTokenId === undefined) {
      if (!this.#needsLogin) return { value: OPEN_TOKEN };
      throw new AppError("PERMISSION_DENIED", "The run was submitted without a token; submit it again.");
    }
    const { runId, creatorUserName, spec } = run;
    const { timeoutSeconds } = spec;
    const boundMs = timeoutSeconds === 0 ? LIFETIME_MS_MAX : timeoutSeconds * 1000 + MARGIN_MS;
    try {
      const { value, info } = await this.#workspace.createToken({
        principalName: creatorUserName,
        comment: `job run ${runId}`,
        lifetimeMs: Math.min(boundMs, LIFETIME_MS_MAX),
        parentTokenId: submitTokenId,
      });
      return { value, tokenId: info.tokenId };
    } catch (error) {
      if (!isAppError(error, "UNAUTHENTICATED")) throw error;
      const message = `The token that the run was submitted by is not valid any more. ${error.message}`;
      throw new AppError("PERMISSION_DENIED", message, { cause: error });
    }
  }

  /** No error for one that somebody else has revoked. */
  async revoke(tokenId: string | undefined): Promise<void> {
    if (tokenId === undefined) return;
    try {
      await this.#workspace.revokeToken(tokenId);
    } catch (error) {
      if (!isAppError(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    }
  }
}
