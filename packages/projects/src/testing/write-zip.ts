import { writeFile } from "node:fs/promises";
import { crc32, deflateRawSync } from "node:zlib";

export type ZipEntry = {
  readonly name: string;
  readonly text?: string | undefined;
  /** Unix mode including the file type; default a regular file, or a folder when the name ends with a slash. */
  readonly mode?: number | undefined;
  /** The uncompressed size to claim instead of the real one. */
  readonly claimedBytes?: number | undefined;
};

/** Writes a zip file with compressed entries, well-formed unless an entry asks otherwise (PKWARE APPNOTE 4.3). */
export async function writeZip(path: string, entries: readonly ZipEntry[]): Promise<void> {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const name = Buffer.from(entry.name);
    const data = deflateRawSync(entry.text ?? "");
    const shared = sharedHeader(entry, name, data);
    const header = Buffer.concat([Buffer.from("PK\u0003\u0004"), shared, name, data]);
    central.push(
      Buffer.concat([Buffer.from("PK\u0001\u0002"), uint16(0x031e), shared, tailOf(entry, offset), name]),
    );
    local.push(header);
    offset += header.length;
  }
  const directory = Buffer.concat(central);
  const count = uint16(entries.length);
  const end = [
    Buffer.from("PK\u0005\u0006"),
    uint32(0),
    count,
    count,
    uint32(directory.length),
    uint32(offset),
    uint16(0),
  ];
  await writeFile(path, Buffer.concat([...local, directory, ...end]));
}

/** The fields from "version needed" to "extra field length", which both headers share. */
function sharedHeader({ text = "", claimedBytes }: ZipEntry, name: Buffer, data: Buffer): Buffer {
  const [version, utf8, deflate] = [uint16(20), uint16(0x0800), uint16(8)];
  const checksum = uint32(crc32(text));
  const sizes = [uint32(data.length), uint32(claimedBytes ?? Buffer.byteLength(text))];
  return Buffer.concat([
    version,
    utf8,
    deflate,
    uint32(0),
    checksum,
    ...sizes,
    uint16(name.length),
    uint16(0),
  ]);
}

function tailOf({ name, mode }: ZipEntry, offset: number): Buffer {
  const usual = name.endsWith("/") ? 0o040755 : 0o100644;
  return Buffer.concat([uint16(0), uint16(0), uint16(0), uint32((mode ?? usual) * 0x10000), uint32(offset)]);
}

function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
