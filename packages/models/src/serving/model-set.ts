import { AppError } from "@flightdeck/core";
import type { Model } from "../model.ts";

type Served = {
  readonly model: Model;
  /** Requests in flight. */
  users: number;
  /** Called once the model has been replaced and its last request is answered. */
  onUnused?: (() => void) | undefined;
};

/** A scoring server's models by name. A model can be replaced while the server runs, without losing requests. */
export class ModelSet {
  readonly #served = new Map<string, Served>();

  constructor(models: Readonly<Record<string, Model>>) {
    for (const [name, model] of Object.entries(models)) this.#served.set(name, { model, users: 0 });
  }

  get names(): readonly string[] {
    return [...this.#served.keys()];
  }

  /** Throws `RESOURCE_DOES_NOT_EXIST`, listing the names that exist. */
  get(name: string): Model {
    return this.#find(name).model;
  }

  /** Runs `work` with a model. The model stays open until the work is done, even if it is replaced in the meantime. */
  async use<T>(name: string, work: (model: Model) => Promise<T>): Promise<T> {
    const served = this.#find(name);
    served.users++;
    try {
      return await work(served.model);
    } finally {
      served.users--;
      if (served.users === 0) served.onUnused?.();
    }
  }

  /** Serves a different model under this name. Closes the former one once it has answered its pending requests. */
  async replace(name: string, model: Model): Promise<void> {
    const former = this.#find(name);
    this.#served.set(name, { model, users: 0 });
    await closeUnused(former);
  }

  /** Closes all models, each once it has answered its pending requests. */
  async close(): Promise<void> {
    await Promise.all(Array.from(this.#served.values(), closeUnused));
  }

  #find(name: string): Served {
    const served = this.#served.get(name);
    if (served !== undefined) return served;
    const message = `no model "${name}" is served here; served models: ${this.names.join(", ")}`;
    throw new AppError("RESOURCE_DOES_NOT_EXIST", message);
  }
}

async function closeUnused(served: Served): Promise<void> {
  if (served.users > 0) await new Promise<void>((resolve) => (served.onUnused = resolve));
  await served.model.close();
}
