import { parseArgs } from "node:util";
import type { ArgDef } from "citty";
import { errorMessage, InstallerError } from "../errors.ts";
import { closest } from "../manifest/suggest.ts";

/** The options and operands of a command, by name, as citty defines them. */
export type ArgumentDefinitions = Readonly<Record<string, ArgDef>>;

/** A command line that was understood. */
export interface ParsedArguments {
  /** The names of the options that are on it. */
  readonly given: ReadonlySet<string>;
  /** The same command line in one form: `--name=value` for each option, then `--` and the operands. */
  readonly rawArgs: readonly string[];
  /** @throws {InstallerError} `usage` when a required option or operand is not on it. */
  readonly checkRequired: () => void;
}

function isSwitch(definition: ArgDef): boolean {
  return definition.type === "boolean" || definition.type === undefined;
}

/** Whether `--no-NAME` means something, by the rule of citty's usage text. */
function isNegatable(definition: ArgDef): boolean {
  return (
    isSwitch(definition) &&
    (definition.default === true ||
      ("negativeDescription" in definition && definition.negativeDescription !== undefined))
  );
}

/** The one-letter form of an option; citty's usage text shows no other alias in a form that could be typed. */
function shortOf(definition: ArgDef): string | undefined {
  if (!("alias" in definition)) return undefined;
  return [definition.alias ?? []].flat().find((alias) => alias.length === 1);
}

function optionsOf(definitions: ArgumentDefinitions): [string, ArgDef][] {
  return Object.entries(definitions).filter(([, { type }]) => type !== "positional");
}

function parserOptions(definitions: ArgumentDefinitions) {
  return Object.fromEntries(
    optionsOf(definitions).map(([name, definition]) => {
      const short = shortOf(definition);
      const type = isSwitch(definition) ? ("boolean" as const) : ("string" as const);
      return [name, short === undefined ? { type } : { type, short }];
    }),
  );
}

/** One option of a command line, as `parseArgs` of node:util gives it. */
interface OptionToken {
  readonly name: string;
  /** As it was typed: `-m`, `--manifest`. */
  readonly rawName: string;
  readonly value?: string | undefined;
  readonly inlineValue?: boolean | undefined;
}

/** Judges one command line, and remembers what was on it. */
class Judge {
  readonly given = new Set<string>();
  readonly options: string[] = [];
  readonly #definitions: ArgumentDefinitions;
  readonly #help: string;

  constructor(definitions: ArgumentDefinitions, help: string) {
    this.#definitions = definitions;
    this.#help = help;
  }

  refuse(message: string, advice?: string): InstallerError {
    const hint = `See ${this.#help}.`;
    return new InstallerError("usage", message, {
      hint: advice === undefined ? hint : `${advice} ${hint}`,
    });
  }

  #definition(token: OptionToken): { name: string; definition: ArgDef; negated: boolean } {
    const negative = token.rawName.startsWith("--no-") ? token.rawName.slice(5) : undefined;
    for (const [name, definition] of optionsOf(this.#definitions)) {
      if (negative === name && isNegatable(definition)) return { name, definition, negated: true };
      if (negative === undefined && token.name === name) {
        return { name, definition, negated: false };
      }
    }
    const typed = token.rawName.replace(/^-+/, "");
    const meant = token.rawName.startsWith("--")
      ? closest(
          typed,
          optionsOf(this.#definitions).map(([name]) => name),
        )
      : undefined;
    throw this.refuse(
      `unknown option ${token.rawName}`,
      meant === undefined ? undefined : `Did you mean --${meant}?`,
    );
  }

  #checkValue(token: OptionToken, definition: ArgDef): string {
    const { rawName, value, inlineValue } = token;
    const isLong = rawName.startsWith("--");
    if (value === undefined || value === "") throw this.refuse(`${rawName} needs a value`);
    if (inlineValue !== true && value.length > 1 && value.startsWith("-")) {
      throw this.refuse(
        `${rawName} needs a value, but ${JSON.stringify(value)} is an option`,
        isLong ? `Write ${rawName}=${value} if it is meant as the value.` : undefined,
      );
    }
    if (!isLong && inlineValue === true && value.startsWith("=")) {
      throw this.refuse(`${rawName}${value} is ambiguous`, `Write ${rawName} ${value.slice(1)}.`);
    }
    const choices = definition.type === "enum" && "options" in definition ? definition.options : [];
    if (choices !== undefined && choices.length > 0 && !choices.includes(value)) {
      throw this.refuse(
        `${rawName} cannot be ${JSON.stringify(value)}`,
        `It is one of ${choices.join(", ")}.`,
      );
    }
    return value;
  }

  option(token: OptionToken): void {
    const { name, definition, negated } = this.#definition(token);
    if (this.given.has(name)) throw this.refuse(`--${name} is given twice`);
    this.given.add(name);
    if (!isSwitch(definition)) {
      this.options.push(`--${name}=${this.#checkValue(token, definition)}`);
      return;
    }
    if (token.value !== undefined) {
      throw this.refuse(`${token.rawName} takes no value`);
    }
    this.options.push(negated ? `--no-${name}` : `--${name}`);
  }

  operands(values: readonly string[]): void {
    const names = Object.entries(this.#definitions)
      .filter(([, { type }]) => type === "positional")
      .map(([name]) => name);
    const extra = values[names.length];
    if (extra !== undefined) throw this.refuse(`unexpected argument ${JSON.stringify(extra)}`);
    for (const [index, value] of values.entries()) {
      const name = names[index] ?? "";
      if (value === "") throw this.refuse(`${name.toUpperCase()} is empty`);
      this.given.add(name);
    }
  }

  checkRequired(): void {
    for (const [name, definition] of Object.entries(this.#definitions)) {
      if (this.given.has(name) || definition.default !== undefined) continue;
      const isOperand = definition.type === "positional";
      if (isOperand ? definition.required === false : definition.required !== true) continue;
      throw this.refuse(`${isOperand ? name.toUpperCase() : `--${name}`} is missing`);
    }
  }
}

/**
 * Reads a command line by a command's definitions, and refuses what citty would let through: unknown options, extra
 * operands, options without their value, with an empty one, with one they do not take, or given twice.
 *
 * @param help The command line that explains, for the hint: `installer plan --help`.
 * @throws {InstallerError} `usage`
 */
export function parseStrict(
  definitions: ArgumentDefinitions,
  argv: readonly string[],
  help: string,
): ParsedArguments {
  const judge = new Judge(definitions, help);
  const config = { args: [...argv], options: parserOptions(definitions), allowPositionals: true };
  // First with messages of our own, then by node:util's own rules, in case they are stricter.
  const { tokens, positionals } = parseArgs({ ...config, strict: false, tokens: true });
  for (const token of tokens) if (token.kind === "option") judge.option(token);
  judge.operands(positionals);
  try {
    parseArgs({ ...config, strict: true, allowNegative: true });
  } catch (error) {
    throw judge.refuse(errorMessage(error));
  }
  return {
    given: judge.given,
    rawArgs: [...judge.options, "--", ...positionals],
    checkRequired: () => judge.checkRequired(),
  };
}
