/*
 * The documents as a site: `npm run docs:site` builds it into `dist/site`. VitePress is fetched when it is asked for, since nobody else
 * needs it. All documents of the repository take part, so that their links to each other hold; VitePress fails on one that does not.
 */

const page = (text: string, link: string): { text: string; link: string } => ({ text, link });
const room = (name: string): { text: string; link: string } =>
  page(`@flightdeck/${name}`, `/packages/${name}/`);

type Markdown = { readonly renderer: { readonly rules: Record<string, (...args: unknown[]) => string> } };

/** What Databricks writes in double braces is no expression of Vue. */
function showBraces({ renderer: { rules } }: Markdown): void {
  const render = rules["code_inline"];
  if (render === undefined) return;
  rules["code_inline"] = (...args) => render(...args).replace(/^<code/, "<code v-pre");
}

const config: object = {
  title: "Flightdeck",
  description: "The MLflow and Databricks machine-learning workspace in one TypeScript program",
  srcDir: "..",
  srcExclude: ["**/node_modules/**", "dist/**", "**/.tools/**", "**/.flightdeck/**"],
  rewrites: {
    "README.md": "index.md",
    "docs/README.md": "docs/index.md",
    "packages/:name/README.md": "packages/:name/index.md",
  },
  // Files and folders that the site does not show; `tools/docs-links.test.ts` checks them.
  ignoreDeadLinks: [/LICENSE$/, /screens$/],
  outDir: "../dist/site",
  cacheDir: "../dist/.vitepress",
  markdown: { config: showBraces },
  themeConfig: {
    search: { provider: "local" },
    outline: [2, 3],
    nav: [page("Documentation", "/docs/"), page("Changes", "/CHANGELOG")],
    sidebar: [
      {
        text: "Use it",
        items: [
          page("Install", "/docs/install"),
          page("First run", "/#by-hand"),
          page("Track", "/docs/track"),
          page("Projects", "/docs/projects"),
          page("Models", "/docs/models"),
          page("The page", "/docs/PAGE"),
          page("As a Databricks workspace", "/docs/DATABRICKS"),
        ],
      },
      {
        text: "Run it for others",
        items: [
          page("Deploy", "/docs/deploy"),
          page("Operate", "/docs/OPERATE"),
          page("Security", "/docs/security"),
          page("Upgrade", "/docs/upgrade"),
          page("Troubleshooting", "/docs/troubleshooting"),
        ],
      },
      {
        text: "Look it up",
        items: [
          page("Commands", "/docs/commands"),
          page("Configuration", "/docs/configuration"),
          page("Compatibility", "/docs/COMPATIBILITY"),
          page("Benchmarks", "/docs/BENCHMARKS"),
          ...["client", "hyperopt", "forest", "frame", "models", "import"].map(room),
        ],
      },
    ],
  },
};

export default config;
