import { MlflowClient } from "@flightdeck/client/browser";
import { openForest } from "@flightdeck/forest/browser";

declare const TRACKING_URI: string;

const client = new MlflowClient({ trackingUri: TRACKING_URI });
const { items } = await client.searchExperiments({});
console.log(JSON.stringify({ experiments: items.map(({ name }) => name), opens: typeof openForest }));
