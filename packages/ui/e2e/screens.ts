import { DEMO_TRIALS, type DemoWorkspace } from "./demo-workspace.ts";

/** A screen of the page: its name, its address, and a text that is there once it is whole. */
export type Screen = { readonly name: string; readonly address: string; readonly text: string | RegExp };

/** Every screen, of a workspace that shows what it is for. */
export function screensOf(demo: DemoWorkspace): readonly Screen[] {
  const { experimentId, search, best, longRun, modelId, modelName, trials } = demo;
  const runs = `/experiments/${experimentId}`;
  const runAddress = ({ info }: { readonly info: { readonly runId: string } }): string =>
    `${runs}/runs/${info.runId}`;
  const compared = trials.slice(0, 4).map(({ info }) => info.runId);
  const drawn = trials.slice(0, 16).map(({ info }) => info.runId);
  return [
    { name: "experiments", address: "/experiments", text: "/Users/me@example.com/airline" },
    { name: "runs", address: runs, text: `Showing ${DEMO_TRIALS + 2} of ${DEMO_TRIALS + 2} runs` },
    { name: "search", address: runAddress(search), text: /^Each|at once/ },
    { name: "run", address: runAddress(best), text: "n_estimators" },
    { name: "charts", address: `${runAddress(longRun)}?tab=charts`, text: /^last / },
    { name: "artifacts", address: `${runAddress(best)}?tab=artifacts&path=flights.csv`, text: "LAX" },
    {
      name: "compare-curves",
      address: `${runs}/compare?runs=${drawn.join(",")}&tab=curves&by=params.criterion`,
      text: /one standard deviation/,
    },
    { name: "compare", address: `${runs}/compare?runs=${compared.join(",")}`, text: "max_depth" },
    { name: "logged-model", address: `${runs}/models/${modelId}`, text: "flightdeck models serve" },
    { name: "models", address: "/models", text: modelName },
    { name: "model", address: `/models/${modelName}`, text: "Version 1" },
    { name: "version", address: `/models/${modelName}/versions/1`, text: "@champion" },
    { name: "jobs", address: "/jobs", text: "No job has run yet" },
  ];
}
