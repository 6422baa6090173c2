"use strict";
// Loaded into the Node programs of a project by --require, which every Node knows. A project that was fetched, unpacked on a
// cluster or never installed finds Flightdeck's own packages where this Flightdeck has them; its own come first.
const nodeModule = require("node:module");
const { pathToFileURL } = require("node:url");

const parentURL = pathToFileURL(__filename).href;
const ABSENT = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

// Nodes before 22.15 have no such hooks, and do not run our packages either.
nodeModule.registerHooks?.({
  resolve(specifier, context, nextResolve) {
    if (!specifier.startsWith("@flightdeck/")) return nextResolve(specifier, context);
    try {
      return nextResolve(specifier, context);
    } catch (error) {
      if (!ABSENT.has(error?.code)) throw error;
      return nextResolve(specifier, { ...context, parentURL });
    }
  },
});
