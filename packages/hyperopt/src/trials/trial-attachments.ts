/** The attachments of one trial: named values that are kept beside its document. */
export type TrialAttachments = {
  has(name: string): boolean;
  /** The value, or undefined when there is none of that name. */
  find(name: string): unknown;
  set(name: string, value: unknown): void;
  delete(name: string): boolean;
};

/** A view of the attachments of trial `tid` in the map that holds those of all trials, under hyperopt's key format. */
export function trialAttachments(all: Map<string, unknown>, tid: number): TrialAttachments {
  const key = (name: string): string => `ATTACH::${tid}::${name}`;
  return {
    has: (name) => all.has(key(name)),
    find: (name) => all.get(key(name)),
    set: (name, value) => void all.set(key(name), value),
    delete: (name) => all.delete(key(name)),
  };
}
