export { describeArtifactRepository } from "./describe-artifact-repository.ts";
