import { type CommandDef, renderUsage, runCommand } from "citty";
import { InstallerError } from "../errors.ts";
import { closest } from "../manifest/suggest.ts";
import { wrapUsage } from "../run/terminal/fit.ts";
import { inReadableShades } from "../run/terminal/style.ts";
import { openTerminal } from "../run/terminal/terminal.ts";
import { type Examples, formatExamples } from "./examples.ts";
import { type ArgumentDefinitions, parseStrict } from "./strict-arguments.ts";

/*
 * citty defines commands, renders their usage and runs them, but its parser runs a command whatever else is on the
 * command line (unjs/citty#201). So the command line is judged here first, and citty gets it in one plain form.
 */

const helpArguments: ArgumentDefinitions = {
  help: { type: "boolean", alias: "h", description: "Print this and exit" },
};

const versionArguments: ArgumentDefinitions = {
  version: { type: "boolean", description: "Print the version and exit" },
};

function isFunction<Value>(
  value: Value | (() => Value | Promise<Value>),
): value is () => Value | Promise<Value> {
  return typeof value === "function";
}

/** citty lets each part of a definition be a value, a promise or a function that gives either. */
async function resolved<Value>(
  value: Value | Promise<Value> | (() => Value) | (() => Promise<Value>) | undefined,
): Promise<Value | undefined> {
  return isFunction(value) ? value() : value;
}

/** The command that a command line names, or the default command when it names none. */
interface Selection {
  readonly command: CommandDef;
  readonly parent: CommandDef | undefined;
  /** The command as the user types it: `installer plan`. */
  readonly name: string;
  /** What is left of the command line. */
  readonly argv: readonly string[];
}

async function select(main: CommandDef, argv: readonly string[]): Promise<Selection> {
  const mainName = (await resolved(main.meta))?.name ?? "installer";
  const commands = (await resolved(main.subCommands)) ?? {};
  const [first, ...rest] = argv;
  if (first !== undefined && Object.hasOwn(commands, first)) {
    const command = await resolved<CommandDef>(commands[first]);
    if (command !== undefined) {
      return { command, parent: main, name: `${mainName} ${first}`, argv: rest };
    }
  }
  const names = Object.keys(commands);
  if (first !== undefined && names.length > 0 && !first.startsWith("-")) {
    const meant = closest(first, names);
    throw new InstallerError("usage", `there is no command ${JSON.stringify(first)}`, {
      hint:
        meant === undefined
          ? `See ${mainName} --help.`
          : `Did you mean ${mainName} ${meant}? See ${mainName} --help.`,
    });
  }
  const defaultName = await resolved(main.default);
  const command =
    defaultName === undefined ? main : await resolved<CommandDef>(commands[defaultName]);
  if (command === undefined) {
    throw new InstallerError("bug", `the default command ${defaultName} does not exist`);
  }
  return { command, parent: undefined, name: mainName, argv };
}

/** The usage text of a command; that of the whole program shows the default command's options too. */
async function usage(main: CommandDef, selection: Selection): Promise<string> {
  const args = (await resolved(selection.command.args)) ?? {};
  if (selection.parent !== undefined) {
    return renderUsage({ ...selection.command, args: { ...args, ...helpArguments } }, main);
  }
  // Two usage lines, because the options of the default command do not go before the name of another one.
  const { subCommands, ...program } = main;
  const withoutCommand = await renderUsage({
    ...program,
    args: { ...args, ...helpArguments, ...versionArguments },
  });
  if (subCommands === undefined) return withoutCommand;
  const withCommand = await renderUsage({ ...program, args: {}, subCommands });
  return `${withoutCommand}${withCommand.slice(withCommand.indexOf("\n") + 1)}`;
}

/**
 * Runs the command that a command line names, if every word of the command line is understood; otherwise nothing runs.
 * `--help` and `--version` print to standard output and run nothing either.
 *
 * @param main The program: its `subCommands`, and which of them is the `default`.
 * @param argv The command line without the program's name.
 * @param examples What usage texts end with.
 * @returns The exit code: the number that the command's `run` returned, or 0.
 * @throws {InstallerError} `usage` for a command line that is not understood; whatever the command throws.
 */
export async function runStrict(
  main: CommandDef,
  argv: readonly string[],
  examples: Examples = {},
): Promise<number> {
  const selection = await select(main, argv);
  const definitions = (await resolved(selection.command.args)) ?? {};
  const isMain = selection.parent === undefined;
  const parsed = parseStrict(
    { ...definitions, ...helpArguments, ...(isMain ? versionArguments : {}) },
    selection.argv,
    `${selection.name} --help`,
  );
  if (parsed.given.has("help")) {
    const terminal = openTerminal(1);
    const name = selection.name.split(" ").at(-1) ?? "";
    // citty ends some usage texts with an empty line, others not.
    const text = `${(await usage(main, selection)).trimEnd()}\n${formatExamples(examples[name] ?? [])}`;
    // citty colours without a look at where the text goes.
    const shown = terminal.colour ? inReadableShades(text) : Bun.stripANSI(text);
    const lines = shown.replaceAll(/ +$/gm, "").trimEnd();
    terminal.write(`${terminal.isLive ? wrapUsage(lines, terminal.columns()) : lines}\n`);
    return 0;
  }
  if (parsed.given.has("version")) {
    const meta = await resolved(main.meta);
    openTerminal(1).write(`${meta?.name ?? "installer"} ${meta?.version ?? "unknown"}\n`);
    return 0;
  }
  parsed.checkRequired();
  const { result } = await runCommand(selection.command, { rawArgs: [...parsed.rawArgs] });
  return typeof result === "number" ? result : 0;
}
