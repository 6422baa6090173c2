"use strict";
// Loaded into a project's Node programs with --require, which every Node version supports. Lets a project that was fetched,
// unpacked on a cluster or never installed import this Flightdeck's packages; packages installed in the project come first.
const nodeModule = require("node:module");
const { pathToFileURL } = require("node:url");

const parentURL = pathToFileURL(__filename).href;
const ABSENT = new Set(["ERR_MODULE_NOT_FOUND", "MODULE_NOT_FOUND"]);

// Node versions before 22.15 lack these hooks, but cannot run our packages either.
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
