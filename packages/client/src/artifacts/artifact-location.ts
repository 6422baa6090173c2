import type { ArtifactRepository } from "@flightdeck/artifacts";

/** Where an artifact URI's bytes are: a repository, and a path in it; "" is its root. */
export type ArtifactLocation = { readonly repository: ArtifactRepository; readonly path: string };
