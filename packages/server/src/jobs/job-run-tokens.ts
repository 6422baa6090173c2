import { AppError, isAppError } from "@flightdeck/core";
import type { JobRun } from "@flightdeck/protocol";
import type { WorkspaceStore } from "@flightdeck/store";

/**
 * How long the token of a task without a timeout is valid: longer than training usually takes. Revoked when the run
 * ends.
 */
const LIFETIME_MS_MAX = 7 * 86_400_000;
/** A task that reaches its timeout may still need its token to shut down. */
const MARGIN_MS = 60_000;

/** A server without login accepts any text, but clients insist on a token. */
const OPEN_TOKEN = "open";

/** A job run and the token that submitted it. */
export type SubmittedJobRun = { readonly run: JobRun; readonly submitTokenId: string | undefined };
export type JobRunToken = { readonly value: string; readonly tokenId?: string | undefined };

/** Creates job runs' tokens, derived from the tokens that submitted the runs, and revokes them. */
export class JobRunTokens {
  readonly #workspace: WorkspaceStore;
  readonly #needsLogin: boolean;

  /** `needsLogin` says whether a task without a token would be unable to do anything. */
  constructor(workspace: WorkspaceStore, { needsLogin }: { readonly needsLogin: boolean }) {
    this.#workspace = workspace;
    this.#needsLogin = needsLogin;
  }

  /** Throws `PERMISSION_DENIED` if the submitting token is missing or no longer valid. */
  async create({ run, submitTokenId }: SubmittedJobRun): Promise<JobRunToken> {
    if (submitTokenId === undefined) {
      if (!this.#needsLogin) return { value: OPEN_TOKEN };
      throw new AppError("PERMISSION_DENIED", "The run was submitted without a token; submit it again.");
    }
    const { runId: jobRunId, creatorUserName, spec } = run;
    const { timeoutSeconds } = spec;
    const boundMs = timeoutSeconds === 0 ? LIFETIME_MS_MAX : timeoutSeconds * 1000 + MARGIN_MS;
    try {
      const { value, info } = await this.#workspace.createToken({
        principalName: creatorUserName,
        comment: `job run ${jobRunId}`,
        lifetimeMs: Math.min(boundMs, LIFETIME_MS_MAX),
        parentTokenId: submitTokenId,
      });
      return { value, tokenId: info.tokenId };
    } catch (error) {
      if (!isAppError(error, "UNAUTHENTICATED")) throw error;
      const message = `The token that submitted the run is no longer valid. ${error.message}`;
      throw new AppError("PERMISSION_DENIED", message, { cause: error });
    }
  }

  /** Does nothing if the token is already revoked. */
  async revoke(tokenId: string | undefined): Promise<void> {
    if (tokenId === undefined) return;
    try {
      await this.#workspace.revokeToken(tokenId);
    } catch (error) {
      if (!isAppError(error, "RESOURCE_DOES_NOT_EXIST")) throw error;
    }
  }
}
