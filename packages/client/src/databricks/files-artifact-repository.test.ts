import { FilesArtifactRepository } from "@flightdeck/artifacts";
import { describeArtifactRepository } from "@flightdeck/artifacts/testing";
import { startTestServer } from "@flightdeck/testkit";

describeArtifactRepository("FilesArtifactRepository on a Flightdeck server", async () => {
  const server = await startTestServer();
  const options = { rootUri: "dbfs:/Volumes/v", rootPath: "Volumes/v", trackingUri: server.url };
  return { repository: new FilesArtifactRepository(options), close: () => server.close() };
});
