import { z } from "zod";
import { LIMITS } from "./limits.ts";
import { empty, bool, int64, longText, repeated, requiredText, shortText } from "./forms.ts";
import { USERS_CHANGE, USERS_READ, experiment, registeredModel } from "./access.ts";
import { changesNothingFollowed, endpoint } from "./endpoint.ts";
import { experimentId, modelName } from "./ids.ts";

/** Times are UTC milliseconds. */
const tokenInfoSchema = z.object({
  token_id: z.string(),
  creation_time: int64,
  expiry_time: int64,
  comment: z.string().default(""),
});

const permissionLevelSchema = z.enum(["CAN_READ", "CAN_EDIT", "CAN_MANAGE"]);

const accessControlRequestSchema = z.object({
  user_name: shortText.optional(),
  group_name: shortText.optional(),
  service_principal_name: shortText.optional(),
  permission_level: permissionLevelSchema,
});
/**
 * A grant in a change of permissions: the principal and the level
 * (https://docs.databricks.com/api/workspace/permissions).
 */
export type AccessControlRequest = z.output<typeof accessControlRequestSchema>;

const permissionsSchema = z.object({
  object_id: z.string(),
  object_type: z.string(),
  access_control_list: repeated(
    z.object({
      user_name: z.string().optional(),
      group_name: z.string().optional(),
      all_permissions: repeated(z.object({ permission_level: permissionLevelSchema, inherited: bool })),
    }),
  ),
});

const ofExperiment = z.object({ experiment_id: experimentId });
/** Here a model's id is its name. */
const ofRegisteredModel = z.object({ registered_model_id: modelName });
const list = { access_control_list: repeated(accessControlRequestSchema, LIMITS.requestItemsMax) };

/** Databricks' calls for the current user, their tokens, and permissions. */
export const identityEndpoints = {
  createToken: endpoint({
    methods: ["POST"],
    path: "/token/create",
    access: USERS_CHANGE,
    changes: changesNothingFollowed,
    request: z.object({ comment: longText.optional(), lifetime_seconds: int64.optional() }),
    response: z.object({ token_value: z.string(), token_info: tokenInfoSchema }),
  }),
  listTokens: endpoint({
    methods: ["GET"],
    path: "/token/list",
    access: USERS_READ,
    request: empty,
    response: z.object({ token_infos: repeated(tokenInfoSchema) }),
  }),
  revokeToken: endpoint({
    methods: ["POST"],
    path: "/token/delete",
    access: USERS_CHANGE,
    changes: changesNothingFollowed,
    request: z.object({ token_id: requiredText }),
    response: empty,
  }),
  /** The part of SCIM 2.0 (RFC 7643, section 4.1) that clients read. */
  getCurrentUser: endpoint({
    methods: ["GET"],
    path: "/preview/scim/v2/Me",
    access: USERS_READ,
    request: empty,
    response: z.object({
      schemas: repeated(z.string()),
      id: z.string(),
      userName: z.string(),
      displayName: z.string(),
      active: bool,
      emails: repeated(z.object({ value: z.string(), type: z.string(), primary: bool })),
      groups: repeated(z.object({ value: z.string(), display: z.string(), type: z.string() })),
    }),
  }),
  getExperimentPermissions: endpoint({
    methods: ["GET"],
    path: "/permissions/experiments/{experiment_id}",
    manages: ({ experiment_id: id }) => [experiment(id)],
    changes: changesNothingFollowed,
    request: ofExperiment,
    response: permissionsSchema,
  }),
  setExperimentPermissions: endpoint({
    methods: ["PUT"],
    path: "/permissions/experiments/{experiment_id}",
    manages: ({ experiment_id: id }) => [experiment(id)],
    changes: changesNothingFollowed,
    request: ofExperiment.extend(list),
    response: permissionsSchema,
  }),
  updateExperimentPermissions: endpoint({
    methods: ["PATCH"],
    path: "/permissions/experiments/{experiment_id}",
    manages: ({ experiment_id: id }) => [experiment(id)],
    changes: changesNothingFollowed,
    request: ofExperiment.extend(list),
    response: permissionsSchema,
  }),
  getRegisteredModelPermissions: endpoint({
    methods: ["GET"],
    path: "/permissions/registered-models/{registered_model_id}",
    manages: ({ registered_model_id: name }) => [registeredModel(name)],
    changes: changesNothingFollowed,
    request: ofRegisteredModel,
    response: permissionsSchema,
  }),
  setRegisteredModelPermissions: endpoint({
    methods: ["PUT"],
    path: "/permissions/registered-models/{registered_model_id}",
    manages: ({ registered_model_id: name }) => [registeredModel(name)],
    changes: changesNothingFollowed,
    request: ofRegisteredModel.extend(list),
    response: permissionsSchema,
  }),
  updateRegisteredModelPermissions: endpoint({
    methods: ["PATCH"],
    path: "/permissions/registered-models/{registered_model_id}",
    manages: ({ registered_model_id: name }) => [registeredModel(name)],
    changes: changesNothingFollowed,
    request: ofRegisteredModel.extend(list),
    response: permissionsSchema,
  }),
};
