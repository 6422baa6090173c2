/** One entry of an archive. */
export type TarEntry = {
  /** Segments separated by `/`, without one at the end. */
  readonly name: string;
  readonly kind: "file" | "folder" | "link";
  /** Permission bits. */
  readonly mode: number;
  /** 0 for folders and links. */
  readonly sizeBytes: number;
  /** Where a link points. */
  readonly target?: string | undefined;
};

export const TAR_BLOCK_BYTES = 512;
/** tar pads archives to a multiple of this, a relic of tape drives. */
const RECORD_BYTES = 20 * TAR_BLOCK_BYTES;

/** The size of the name and link fields (POSIX.1-2017, pax, "ustar Interchange Format"). */
const NAME_BYTES = 100;
const TYPES = { file: "0", link: "2", folder: "5" } as const;

/**
 * The header of an entry, byte for byte as Python's tarfile writes it, which MLflow packs projects with; except that every
 * entry belongs to root and dates from 1970. A name that is too long or not ASCII gets a pax header before its own.
 */
export function tarHeader({ name, kind, mode, sizeBytes, target = "" }: TarEntry): Buffer {
  const stored = kind === "folder" ? `${name}/` : name;
  const long = Object.entries({ path: stored, linkpath: target }).filter(([, text]) => needsPax(text));
  const header = block({ name: stored, type: TYPES[kind], mode, sizeBytes, target, owner: "root" });
  if (long.length === 0) return header;
  const records = Buffer.from(long.map(([key, text]) => paxRecord(key, text)).join(""));
  const pax = {
    name: "././@PaxHeader",
    type: "x",
    mode: 0,
    sizeBytes: records.length,
    target: "",
    owner: "",
  };
  return Buffer.concat([block(pax), records, padding(records.length, TAR_BLOCK_BYTES), header]);
}

/** The end of an archive of the given length: two empty blocks, and padding to a full record. */
export function tarEnd(archiveBytes: number): Buffer {
  const end = 2 * TAR_BLOCK_BYTES;
  return Buffer.concat([Buffer.alloc(end), padding(archiveBytes + end, RECORD_BYTES)]);
}

/** Zeros up to the next multiple of the block size. */
export function padding(bytes: number, blockBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);
}

function needsPax(text: string): boolean {
  return text.length > NAME_BYTES || Buffer.byteLength(text) !== text.length;
}

/** `LENGTH key=value\n`, where the length includes its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes;
  while (length !== bytes + String(length).length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

type Block = {
  readonly name: string;
  readonly type: string;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly target: string;
  readonly owner: string;
};

function block({ name, type, mode, sizeBytes, target, owner }: Block): Buffer {
  const header = Buffer.alloc(TAR_BLOCK_BYTES);
  const fields: readonly (readonly [offset: number, length: number, text: string])[] = [
    [0, NAME_BYTES, asciiOf(name)],
    [100, 8, octal(mode, 7)],
    [108, 8, octal(0, 7)],
    [116, 8, octal(0, 7)],
    [124, 12, octal(sizeBytes, 11)],
    [136, 12, octal(0, 11)],
    [148, 8, " ".repeat(8)],
    [156, 1, type],
    [157, NAME_BYTES, asciiOf(target)],
    [257, 8, "ustar\u000000"],
    [265, 32, owner],
    [297, 32, owner],
  ];
  for (const [offset, length, text] of fields) header.write(text.slice(0, length), offset, "latin1");
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${octal(sum, 6)}\0`, 148, "latin1");
  return header;
}

/** The placeholder in a ustar field whose full text is in the pax header. */
function asciiOf(text: string): string {
  return Array.from(text, (character) =>
    character.length === 1 && character < "\u0080" ? character : "?",
  ).join("");
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
