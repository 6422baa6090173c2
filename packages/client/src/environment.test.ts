import { expect, test } from "vitest";
import { serverLogin } from "./environment.ts";

test("an empty variable counts as unset, so that an empty token does not hide a username", () => {
  const env = {
    MLFLOW_TRACKING_TOKEN: "",
    MLFLOW_TRACKING_USERNAME: "ann",
    MLFLOW_TRACKING_PASSWORD: "secret",
  };
  expect(serverLogin(env)).toEqual({ token: undefined, username: "ann", password: "secret" });
});
