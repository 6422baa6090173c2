import type { Command } from "commander";

/** Adds arguments, options and subcommands to a command. */
export type Define = (command: Command) => void;

export type LazyCommand = {
  readonly name: string;
  readonly description: string;
  readonly load: () => Promise<Define>;
};

const loaders = new WeakMap<Command, LazyCommand["load"]>();

/**
 * Adds commands by name and description only, and a `help` command. The rest of a command is loaded when it is called,
 * so it does not slow down the start of the others.
 */
export function addLazyCommands(parent: Command, commands: readonly LazyCommand[]): void {
  for (const { name, description, load } of commands) {
    loaders.set(parent.command(name).description(description), load);
  }
  parent.hook("preSubcommand", async (_parent, command) => await loadCommand(command));
  addHelp(parent);
}

/** Commander's built-in help command would show a command before it is loaded. */
function addHelp(parent: Command): void {
  parent
    .helpCommand(false)
    .command("help")
    .description("Show the help of a command.")
    .argument("[COMMAND]", "Its name.")
    .action(async (name?: string) => {
      const named = parent.commands.find((command) => command.name() === name);
      if (name !== undefined && named === undefined) parent.error(`unknown command '${name}'`);
      if (named !== undefined) await loadCommand(named);
      (named ?? parent).outputHelp();
    });
}

/** Loads a command added by `addLazyCommands`. Does nothing if it is already loaded or is any other command. */
export async function loadCommand(command: Command): Promise<void> {
  const load = loaders.get(command);
  loaders.delete(command);
  if (load === undefined) return;
  (await load())(command);
  defaultNegated(command);
}

/**
 * `--no-wait` without `--wait` makes `wait` default to true. Commander sets that default before it calls the hook, when
 * the options do not exist yet, so we set it here.
 */
function defaultNegated(command: Command): void {
  const flags = new Set(command.options.map(({ long }) => long));
  for (const option of command.options.filter(({ negate }) => negate)) {
    const name = option.attributeName();
    const isAlone = !flags.has(option.long?.replace(/^--no-/, "--"));
    if (isAlone && command.getOptionValue(name) === undefined) {
      command.setOptionValueWithSource(name, true, "default");
    }
  }
}
