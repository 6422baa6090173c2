import { z } from "zod";
import { USERS_READ } from "../access/access.ts";
import { endpoint } from "../endpoint.ts";
import { newName } from "../ids.ts";
import { int64, longText, repeated } from "../scalars.ts";

const versions = ["2.1"] as const;
/** The token is the name that the page before ended with. */
const page = z.object({ max_results: int64.optional(), page_token: longText.optional() });

/** Catalogs and schemas are what the names of registered models say: there is nothing else to know of them. */
export const schemaEndpoints = {
  listCatalogs: endpoint({
    methods: ["GET"],
    path: "/unity-catalog/catalogs",
    versions,
    access: USERS_READ,
    request: page,
    response: z.object({
      catalogs: repeated(z.object({ name: z.string(), full_name: z.string() })),
      next_page_token: z.string().optional(),
    }),
  }),
  listSchemas: endpoint({
    methods: ["GET"],
    path: "/unity-catalog/schemas",
    versions,
    access: USERS_READ,
    request: page.extend({ catalog_name: newName }),
    response: z.object({
      schemas: repeated(z.object({ name: z.string(), catalog_name: z.string(), full_name: z.string() })),
      next_page_token: z.string().optional(),
    }),
  }),
};
