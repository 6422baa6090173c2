import { statement } from "../database/statement.ts";
import { first, run, type Work } from "../database/work.ts";
import type { ArtifactMove, ImportedKind } from "./import-sink.ts";

export function* moveArtifacts(kind: ImportedKind, moves: readonly ArtifactMove[]): Work<void> {
  for (const { id, artifactUri: uri } of moves) {
    yield* run(kind === "run" ? updateRun({ id, uri }) : updateModel({ id, uri }));
  }
}

export function* findArtifactUri(kind: ImportedKind, id: string): Work<string | undefined> {
  return (yield* first(kind === "run" ? selectRun({ id }) : selectModel({ id })))?.artifact_uri;
}

const updateRun = statement<{ id: string; uri: string }>()((db, arg) =>
  db
    .updateTable("runs")
    .set({ artifact_uri: arg("uri") })
    .where("run_uuid", "=", arg("id")),
);

const updateModel = statement<{ id: string; uri: string }>()((db, arg) =>
  db
    .updateTable("logged_models")
    .set({ artifact_uri: arg("uri") })
    .where("model_uuid", "=", arg("id")),
);

const selectRun = statement<{ id: string }>()((db, arg) =>
  db.selectFrom("runs").select("artifact_uri").where("run_uuid", "=", arg("id")),
);

const selectModel = statement<{ id: string }>()((db, arg) =>
  db.selectFrom("logged_models").select("artifact_uri").where("model_uuid", "=", arg("id")),
);
