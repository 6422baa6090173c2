export type CsvTable = { readonly header: readonly string[]; readonly rows: readonly (readonly string[])[] };

type CsvOptions = { readonly separator: string; readonly rowsMax: number };

/**
 * The first rows of a CSV text (RFC 4180), for looking at: the first line is the header. Never throws; a quote that is
 * not closed runs to the end of the text.
 */
export function parseCsv(text: string, { separator, rowsMax }: CsvOptions): CsvTable {
  const records: string[][] = [];
  let fields: string[] = [];
  let field = "";
  let isQuoted = false;
  const endField = (): void => {
    fields.push(field);
    field = "";
  };
  const endRecord = (): void => {
    endField();
    if (fields.length > 1 || fields[0] !== "") records.push(fields);
    fields = [];
  };
  for (let index = 0; index < text.length && records.length <= rowsMax; index += 1) {
    const char = text[index];
    if (isQuoted) {
      if (char !== '"') field += char;
      else if (text[index + 1] === '"') {
        field += '"';
        index += 1;
      } else isQuoted = false;
    } else if (char === '"' && field === "") isQuoted = true;
    else if (char === separator) endField();
    else if (char === "\n") endRecord();
    else if (char !== "\r" || text[index + 1] !== "\n") field += char;
  }
  if (records.length <= rowsMax && (field !== "" || fields.length > 0)) endRecord();
  const [header = [], ...rows] = records;
  return { header, rows: rows.slice(0, rowsMax) };
}
