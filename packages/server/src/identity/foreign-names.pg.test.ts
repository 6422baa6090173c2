import { part, startPostgres, valueOf } from "@flightdeck/testkit";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { attackedRoutes, attacksOn, findHoles } from "../testing/attack-requests.ts";
import { createWorld, type World } from "../testing/two-worlds.ts";
import { openWalkedApp, type Sent, type WalkedApp } from "../testing/walked-app.ts";

/*
 * The attacks of `foreign-names.test.ts` on two servers that share a database and a folder, with requests alternating between
 * them. Also races: the owner creates on one server what an attacker requests on the other.
 */

const postgres = await part("PostgreSQL", startPostgres);
afterAll(() => (postgres.missing ? undefined : postgres.value.close()));

const ROUNDS = 40;

describe.skipIf(postgres.missing)(
  `another's names on two servers with one database${postgres.missing ? ` (${postgres.reason})` : ""}`,
  () => {
    let servers: readonly [WalkedApp, WalkedApp];
    let ana: World;
    let logins: { readonly ana: string; readonly eve: string };
    beforeAll(async () => {
      const clock = { nowMs: () => Date.UTC(2030, 0, 1) };
      const backendStoreUri = await valueOf(postgres).createDatabase();
      const first = await openWalkedApp(clock, { backendStoreUri });
      servers = [first, await openWalkedApp(clock, { backendStoreUri, folder: first.folder })];
      const loginOf = async (name: string): Promise<string> => `Bearer ${await first.tokenOf(name, "user")}`;
      logins = { ana: await loginOf("ana"), eve: await loginOf("eve") };
      ana = await createWorld({ ...first, owner: "ana" });
    });
    afterAll(async () => {
      for (const server of servers) await server.close();
    });

    test("give no access by any route", async () => {
      let sent = 0;
      const holes: string[] = [];
      for (const [index, route] of attackedRoutes(servers[0]).entries()) {
        const owner = `user${index}`;
        const login = `Bearer ${await servers[0].tokenOf(owner, "user")}`;
        const world = await createWorld({ ...servers[0], owner });
        const found = await findHoles(attacksOn(route, world, ana), {
          victim: ana,
          send: (request) => (sent++ % 2 === 0 ? servers[0] : servers[1]).send(request, login),
          isGiven: ({ status }) => status < 300,
        });
        holes.push(...found.map((hole) => `${route.method} ${route.url}: ${hole}`));
      }
      expect(holes).toEqual([]);
      expect(sent).toBeGreaterThan(1000);
    });

    const taking = { access_control_list: [{ user_name: "eve", permission_level: "CAN_MANAGE" }] };
    const take = (kind: string, id: string): Promise<Sent> =>
      servers[1].send(
        { method: "PATCH", url: `/api/2.0/permissions/${kind}/${id}`, payload: taking },
        logins.eve,
      );
    const create = (path: string, name: string): Promise<Sent> =>
      servers[0].send(
        { method: "POST", url: `/api/2.0/mlflow/${path}/create`, payload: { name } },
        logins.ana,
      );
    const idOf = ({ body }: Sent): number =>
      Number((JSON.parse(body) as { experiment_id: string }).experiment_id); // The response of the endpoint.

    test("cannot take an experiment while another user creates it", async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const next = String(idOf(await create("experiments", `last ${round}`)) + 1);
        const tries = Array.from({ length: 6 }, () => take("experiments", next));
        const created = await create("experiments", `next ${round}`);
        const late = await take("experiments", next);
        const statuses = (await Promise.all(tries)).map(({ status }) => status);
        expect([String(idOf(created)), late.status]).toEqual([next, 403]);
        expect(statuses.filter((status) => ![403, 404].includes(status))).toEqual([]);
        const grants = await servers[1].store.workspace.listGrants({
          kind: "experiment",
          experimentId: next,
        });
        expect(grants.map(({ grantee }) => grantee.name)).toEqual(["ana"]);
      }
    });

    test("cannot take a model while another user registers it", async () => {
      for (let round = 0; round < ROUNDS; round++) {
        const name = `guessed-${round}`;
        const tries = Array.from({ length: 6 }, () => take("registered-models", name));
        const created = await create("registered-models", name);
        const late = await take("registered-models", name);
        const statuses = (await Promise.all(tries)).map(({ status }) => status);
        expect([created.status, late.status]).toEqual([200, 403]);
        expect(statuses.filter((status) => ![403, 404].includes(status))).toEqual([]);
        const grants = await servers[1].store.workspace.listGrants({ kind: "registered-model", name });
        expect(grants.map(({ grantee }) => grantee.name)).toEqual(["ana"]);
      }
    });
  },
);
