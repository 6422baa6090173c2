import { expect, test } from "vitest";
import { serverLogin } from "./tracking-environment.ts";

test("an empty variable is no login, so that a token left empty does not hide a username", () => {
  const env = {
    MLFLOW_TRACKING_TOKEN: "",
    MLFLOW_TRACKING_USERNAME: "ann",
    MLFLOW_TRACKING_PASSWORD: "secret",
  };
  expect(serverLogin(env)).toEqual({ token: undefined, username: "ann", password: "secret" });
});
