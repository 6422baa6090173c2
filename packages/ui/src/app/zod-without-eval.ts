import { config } from "zod/v4/core";

// zod would compile its schemas with `new Function`, which the page's content security policy forbids: it notices, but
// the browser's console then holds an error. Imported before anything that parses.
config({ jitless: true });
