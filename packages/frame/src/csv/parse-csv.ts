import { AppError } from "@flightdeck/core";

/** A field of the file: its text, and whether it was quoted. */
export type CsvField = { readonly text: string; readonly quoted: boolean };

/**
 * Parses CSV text into records (RFC 4180): fields may be quoted, a quote inside is doubled, records end with LF or
 * CRLF, and the last line end may be missing. A byte order mark and empty lines are skipped. Throws
 * INVALID_PARAMETER_VALUE with the line if a quote is not closed or is followed by text.
 */
export function parseCsv(text: string, delimiter: string): CsvField[][] {
  const records: CsvField[][] = [];
  const cursor = { text, delimiter, position: text.startsWith("\uFEFF") ? 1 : 0 };
  while (cursor.position < text.length) {
    const record = readRecord(cursor);
    if (!isEmptyLine(record)) records.push(record);
  }
  return records;
}

type Cursor = { readonly text: string; readonly delimiter: string; position: number };

function readRecord(cursor: Cursor): CsvField[] {
  const record: CsvField[] = [];
  for (;;) {
    record.push(cursor.text[cursor.position] === '"' ? readQuoted(cursor) : readPlain(cursor));
    if (cursor.text[cursor.position] !== cursor.delimiter) break;
    cursor.position++;
  }
  skipLineEnd(cursor);
  return record;
}

function readPlain(cursor: Cursor): CsvField {
  const { text, delimiter } = cursor;
  const start = cursor.position;
  let end = start;
  while (end < text.length && text[end] !== delimiter && !isLineEnd(text, end)) end++;
  cursor.position = end;
  return { text: text.slice(start, end), quoted: false };
}

function readQuoted(cursor: Cursor): CsvField {
  const { text } = cursor;
  const opened = cursor.position;
  let value = "";
  let start = opened + 1;
  for (;;) {
    const quote = text.indexOf('"', start);
    if (quote === -1) throw malformed(cursor, opened, "a quoted field must end with a quote");
    value += text.slice(start, quote);
    start = quote + 2;
    if (text[quote + 1] !== '"') {
      cursor.position = quote + 1;
      break;
    }
    value += '"';
  }
  checkFieldEnd(cursor);
  return { text: value, quoted: true };
}

function checkFieldEnd(cursor: Cursor): void {
  const { text, position, delimiter } = cursor;
  if (position >= text.length || text[position] === delimiter || isLineEnd(text, position)) return;
  throw malformed(cursor, position, `a closing quote must be followed by a delimiter or a line end`);
}

function isLineEnd(text: string, position: number): boolean {
  return text[position] === "\n" || (text[position] === "\r" && text[position + 1] === "\n");
}

function skipLineEnd(cursor: Cursor): void {
  if (cursor.text[cursor.position] === "\r") cursor.position++;
  cursor.position++;
}

function isEmptyLine(record: readonly CsvField[]): boolean {
  const [only] = record;
  return record.length === 1 && only !== undefined && !only.quoted && only.text === "";
}

function malformed({ text }: Cursor, position: number, rule: string): AppError {
  const line = text.slice(0, position).split("\n").length;
  return new AppError("INVALID_PARAMETER_VALUE", `malformed CSV in line ${line}: ${rule}`);
}
