import { run, all, type Work } from "../database/work.ts";
import { statement } from "../database/statement.ts";
import { normalLocation } from "../tracking/uris.ts";
import type { Migration } from "./migration.ts";

/**
 * Indexes for what one caller may see and use, and for what has artifacts at a place; and the locations that are there in
 * their one spelling.
 */
export const callersMigration: Migration = {
  version: 9,
  name: "callers",
  statements: (t) => [
    `CREATE INDEX grants_by_grantee ON grants (grantee_kind, grantee, resource_kind, resource_id)`,
    `CREATE INDEX experiments_by_location ON experiments (${t.indexedText("artifact_location")})`,
    `CREATE INDEX model_versions_by_location ON model_versions (${t.indexedText("storage_location")})`,
    `CREATE INDEX job_runs_queued_by_creator ON job_runs (creator) WHERE state = 'QUEUED'`,
    // Of models that are gone; those of experiments go when they are removed for good.
    `DELETE FROM grants WHERE resource_kind = 'registered-model'
      AND resource_id NOT IN (SELECT id FROM registered_models)`,
  ],
  change: normalizeLocations,
};

function* normalizeLocations(): Work<void> {
  for (const { id, location } of yield* all(selectExperiments({}))) {
    const normal = normalLocation(location);
    if (normal !== location) yield* run(updateExperiment({ id, location: normal }));
  }
  for (const { id, location } of yield* all(selectVersions({}))) {
    const normal = normalLocation(location);
    if (normal !== location) yield* run(updateVersion({ id, location: normal }));
  }
}

const selectExperiments = statement<Record<string, never>>()((db) =>
  db.selectFrom("experiments").select(["id", "artifact_location as location"]),
);

const selectVersions = statement<Record<string, never>>()((db) =>
  db.selectFrom("model_versions").select(["id", "storage_location as location"]),
);

const updateExperiment = statement<{ id: number; location: string }>()((db, arg) =>
  db
    .updateTable("experiments")
    .set({ artifact_location: arg("location") })
    .where("id", "=", arg("id")),
);

const updateVersion = statement<{ id: number; location: string }>()((db, arg) =>
  db
    .updateTable("model_versions")
    .set({ storage_location: arg("location") })
    .where("id", "=", arg("id")),
);
