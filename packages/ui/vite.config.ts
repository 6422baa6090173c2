import react from "@vitejs/plugin-react";
import { defineConfig, type UserConfig } from "vite";
import { precompress } from "./vite/precompress.ts";

/** The tracking server that `vite` forwards to while the page is being developed. */
const developmentServer = process.env["FLIGHTDECK_TRACKING_URI"] ?? "http://127.0.0.1:5000";

/**
 * What stays the same from release to release is cached by itself. zod goes with the module that configures it, so that
 * it is configured before any other chunk makes a schema.
 */
const CHUNKS = [
  { name: "zod", test: /[\\/]node_modules[\\/]zod[\\/]|zod-without-eval/ },
  { name: "client", test: /[\\/]packages[\\/](?:client|core|protocol)[\\/]/ },
  {
    name: "react",
    test: /[\\/]node_modules[\\/](?:react|react-dom|scheduler|@tanstack[\\/](?!.*virtual))/,
  },
];

const config: UserConfig = defineConfig({
  plugins: [react(), precompress()],
  base: "./",
  build: {
    outDir: "../server/dist/page",
    emptyOutDir: true,
    target: "es2023",
    modulePreload: { polyfill: false },
    // A data: URL would need a wider content security policy than 'self'.
    assetsInlineLimit: 0,
    rolldownOptions: { output: { codeSplitting: { groups: CHUNKS } } },
  },
  server: {
    proxy: {
      "/api": developmentServer,
      "/ajax-api": developmentServer,
      "/get-artifact": developmentServer,
    },
  },
});

export default config;
