import { AppError } from "@flightdeck/core";

export function noSuchDbfsFile(path: string): AppError {
  return new AppError("RESOURCE_DOES_NOT_EXIST", `No file or directory exists on path dbfs:/${path}.`);
}

export function dbfsFileExists(path: string): AppError {
  const message = `A file or directory already exists at the input path dbfs:/${path}.`;
  return new AppError("RESOURCE_ALREADY_EXISTS", message);
}
