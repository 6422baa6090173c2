/** Settings of this reader on this machine; a browser that forbids storage merely forgets them. */
export function readLocalSetting(name: string): string | undefined {
  try {
    return localStorage.getItem(storageKey(name)) ?? undefined;
  } catch {
    return undefined;
  }
}

/** Stores a setting; undefined removes it. */
export function writeLocalSetting(name: string, value: string | undefined): void {
  try {
    if (value === undefined) localStorage.removeItem(storageKey(name));
    else localStorage.setItem(storageKey(name), value);
  } catch {
    // Storage is full or forbidden: the setting lasts as long as the page.
  }
}

function storageKey(name: string): string {
  return `flightdeck.${name}`;
}
