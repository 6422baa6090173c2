import { type AcceptedDifference, ABSENT, ANYTHING } from "./accepted-difference.ts";

export const ARTIFACTS: readonly AcceptedDifference[] = [
  {
    where: "artifacts/list: path *",
    path: "*.files.empty.txt.file_size",
    stock: ABSENT,
    ours: "0",
    reason: "The size of an empty file is reported.",
  },
  {
    where: "artifacts/download: path ''",
    path: "*.files.empty.txt.file_size",
    stock: ABSENT,
    ours: "0",
    reason: "The size of an empty file is reported.",
  },
  {
    where: "artifacts/wire: list*",
    path: "*.files.empty.txt.file_size",
    stock: ABSENT,
    ours: "0",
    reason: "The size of an empty file is reported.",
  },
  {
    where: "artifacts/list: with a backslash",
    path: "calls*",
    stock: ANYTHING,
    ours: ANYTHING,
    reason: "A path with a backslash is rejected, because some systems treat it as a slash.",
  },
  {
    where: "artifacts/wire: get a folder",
    path: "calls[0].body.detail",
    stock: "refers to a directory",
    ours: ABSENT,
    reason: "Reported like every error, with a code.",
  },
  {
    where: "artifacts/wire: get a folder",
    path: "calls[0].body.error_code",
    stock: ABSENT,
    ours: "INVALID_PARAMETER_VALUE",
    reason: "Reported like every error, with a code.",
  },
  {
    where: "artifacts/wire: get a folder",
    path: "calls[0].body.message",
    stock: ABSENT,
    ours: "refers to a directory",
    reason: "Reported like every error, with a code.",
  },
  {
    where: "artifacts/wire: delete again",
    path: "calls[0]",
    stock: '"status":200',
    ours: "RESOURCE_DOES_NOT_EXIST",
    reason: "Deleting a missing file is an error.",
  },
];
