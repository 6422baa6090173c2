import type { ViewType } from "@flightdeck/protocol";
import { Option } from "commander";

const VIEWS = ["active_only", "deleted_only", "all"] as const;
export type View = (typeof VIEWS)[number];

const VIEW_TYPES: Readonly<Record<View, ViewType>> = {
  active_only: "ACTIVE_ONLY",
  deleted_only: "DELETED_ONLY",
  all: "ALL",
};

/** MLflow's `-v, --view`. */
export function viewOption(): Option {
  return new Option("-v, --view <TEXT>", "Which to show.").choices(VIEWS).default("active_only");
}

export function viewTypeOf(view: View): ViewType {
  return VIEW_TYPES[view];
}
