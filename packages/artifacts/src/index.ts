export type { ArtifactRepository, ByteRange, OpenedArtifact } from "./artifact-repository.ts";
