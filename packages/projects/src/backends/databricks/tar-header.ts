/** One entry of an archive. */
export type TarEntry = {
  /** With `/` between folders, none at the end. */
  readonly name: string;
  readonly kind: "file" | "folder" | "link";
  /** Permission bits. */
  readonly mode: number;
  /** Of a file; else 0. */
  readonly sizeBytes: number;
  /** What a link points to. */
  readonly target?: string | undefined;
};

export const TAR_BLOCK_BYTES = 512;
/** Archives end on a multiple of this, as tape drives wanted it and tar still does. */
const RECORD_BYTES = 20 * TAR_BLOCK_BYTES;

/** Fields of a header block: offset and length (POSIX.1-2017, pax, "ustar Interchange Format"). */
const NAME_BYTES = 100;
const TYPES = { file: "0", link: "2", folder: "5" } as const;

/**
 * The header of an entry, byte for byte as Python's tarfile writes it, which MLflow packs projects with; but all is
 * root's and from 1970. What does not fit into a field, or is not ASCII, gets a header of the pax form before its own.
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

/** The end of an archive of that length: two empty blocks, and what fills the last record. */
export function tarEnd(archiveBytes: number): Buffer {
  const end = 2 * TAR_BLOCK_BYTES;
  return Buffer.concat([Buffer.alloc(end), padding(archiveBytes + end, RECORD_BYTES)]);
}

/** Zeros up to the next multiple of a block. */
export function padding(bytes: number, blockBytes: number): Buffer {
  return Buffer.alloc((blockBytes - (bytes % blockBytes)) % blockBytes);
}

function needsPax(text: string): boolean {
  return text.length > NAME_BYTES || Buffer.byteLength(text) !== text.length;
}

/** `LENGTH key=value\n`, where the length counts its own digits. */
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

/** What stands in a field whose pax header holds the whole. */
function asciiOf(text: string): string {
  return Array.from(text, (character) =>
    character.length === 1 && character < "\u0080" ? character : "?",
  ).join("");
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, "0");
}
