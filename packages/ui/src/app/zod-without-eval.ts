import { config } from "zod/v4/core";

// zod compiles schemas with `new Function`, which the page's content security policy forbids. It would fall back by
// itself, but leave an error in the browser's console. Import this before anything that parses.
config({ jitless: true });
