import type * as v from "valibot";
import { ownValue } from "../own-value.ts";
import { parseSize } from "../values/size.ts";
import type { Finding } from "./finding.ts";
import { formatKeyPath, type KeyPath } from "./key-path.ts";
import { manifestSchema } from "./schema.ts";
import { keysOfTable } from "./schema-keys.ts";
import { closest, meantSize, truthValues } from "./suggest.ts";
import { isTable, type TomlTable, valueAt } from "./toml.ts";

const typeNames: Readonly<Record<string, string>> = {
  string: "a text in double quotes",
  number: "a number",
  boolean: "true or false",
  array: "an array",
  record: "a table",
  strict_object: "a table",
};

/** What a value is, in TOML's terms. */
function typeOf(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (value instanceof Date) return "a date or time";
  if (typeof value === "object") return "a table";
  if (typeof value === "number") return "a number";
  return typeof value === "string" ? "a text" : "true or false";
}

function pathOf(issue: v.BaseIssue<unknown>): KeyPath {
  return (issue.path ?? []).map(({ key }) => (typeof key === "number" ? key : String(key)));
}

/** The alternatives in valibot's notation, `("ext4" | "vfat")`. */
function alternatives(expected: string | null): string[] {
  return [...(expected ?? "").matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? "");
}

function missingFinding(path: KeyPath, issue: v.BaseIssue<unknown>): Finding {
  const table = path.slice(0, -1);
  const name = path.at(-1);
  const tables: readonly (string | number | undefined)[] = [
    "system",
    "cache",
    "disk",
    "filesystem",
  ];
  if (table.length === 0 && tables.includes(name)) {
    const header = name === "disk" ? "disk.NAME" : name === "filesystem" ? 'filesystem."/"' : name;
    return { path, side: "key", message: `the table [${header}] is missing` };
  }
  const where = table.length === 0 ? "" : ` in ${formatKeyPath(table)}`;
  const choices = issue.type === "variant" ? alternatives(issue.expected) : [];
  return {
    path,
    side: "key",
    message: `the key ${JSON.stringify(name)} is missing${where}`,
    expected: choices.length > 0 ? list(choices) : undefined,
  };
}

/** Alternatives for messages: `"a" or "b"`. */
export function list(choices: readonly string[]): string {
  return choices.map((choice) => JSON.stringify(choice)).join(" or ");
}

/** The message that the schema gives, without its first word; valibot's own begin with a capital letter. */
function ownMessage({ message }: v.BaseIssue<unknown>): string | undefined {
  return /^expected (?<form>.*)$/s.exec(message)?.groups?.form;
}

/** What should be in place of a value of another kind. */
function expectedForm(path: KeyPath, { type, input }: v.BaseIssue<unknown>): string | undefined {
  if (type === "strict_object") {
    const keys = keysOfTable(manifestSchema, path);
    return keys.length === 0 ? "a table" : `a table with some of the keys ${keys.join(", ")}`;
  }
  const isArrayOfTables = type === "array" && typeOf(input) === "a table";
  return isArrayOfTables ? `an array of tables: [[${formatKeyPath(path)}]]` : typeNames[type];
}

/** One of several numbers without the quotes around it. */
function meantNumber({ expected, input }: v.BaseIssue<unknown>): string | undefined {
  const numbers: readonly string[] = expected?.match(/\b\d+\b/g) ?? [];
  return typeof input === "string" && !expected?.includes('"') && numbers.includes(input)
    ? input
    : undefined;
}

function schemaFinding(path: KeyPath, issue: v.BaseIssue<unknown>): Finding {
  const name = JSON.stringify(String(path.findLast((part) => typeof part === "string")));
  const choices = alternatives(issue.expected);
  const isChoice = ["picklist", "variant"].includes(issue.type);
  if (isChoice && (typeof issue.input === "string" || typeof issue.input === "number")) {
    const words = choices.filter((choice) => /[a-z]/.test(choice));
    const meant = closest(String(issue.input), words);
    return {
      path,
      side: "value",
      message: `${name} cannot be ${JSON.stringify(issue.input)}`,
      expected: ownMessage(issue) ?? list(choices),
      suggestion: meant === undefined ? meantNumber(issue) : JSON.stringify(meant),
    };
  }
  if (issue.type === "literal" && path.length === 1 && typeof issue.input === "number") {
    return {
      path,
      side: "value",
      message: `this installer does not know the manifest's version ${String(issue.input)}`,
      expected: issue.expected ?? undefined,
    };
  }
  return {
    path,
    side: "value",
    message: `${name} cannot be ${typeOf(issue.input)}`,
    expected: choices.length > 0 ? list(choices) : (ownMessage(issue) ?? expectedForm(path, issue)),
    suggestion: meantKind(issue),
  };
}

/** The same as a value of the kind that is expected: without quotes, in quotes, or in brackets. */
function meantKind(issue: v.BaseIssue<unknown>): string | undefined {
  const { type, input } = issue;
  if (type === "string") {
    const isPlain = typeof input === "number" && ownMessage(issue) === undefined;
    return isPlain ? JSON.stringify(String(input)) : undefined;
  }
  if (typeof input !== "string") return undefined;
  if (type === "boolean") return ownValue(truthValues, input.toLowerCase());
  if (type === "number" || type === "literal") return /^\d+$/.test(input) ? input : undefined;
  return type === "array" ? JSON.stringify([input]) : undefined;
}

/** What a text was probably meant to be: a word that the schema's message names, or a size, if it names one. */
function suggestedText({ input, message }: v.BaseIssue<unknown>): string | undefined {
  if (typeof input !== "string") return undefined;
  const examples = alternatives(message);
  const words = examples.filter((word) => /^[a-z][a-z0-9-]*$/.test(word));
  const isSize = examples.some((example) => parseSize(example) !== undefined);
  const meant = closest(input, words) ?? (isSize ? meantSize(input) : undefined);
  return meant === undefined || meant === input ? undefined : JSON.stringify(meant);
}

/** What a check of the schema says about a name, a value, or a key that another one makes necessary. */
function valueFinding(root: TomlTable, path: KeyPath, issue: v.BaseIssue<unknown>): Finding {
  const expected = ownMessage(issue);
  const name = JSON.stringify(String(path.findLast((part) => typeof part === "string")));
  if (issue.path?.at(-1)?.origin === "key") {
    return { path, side: "key", message: `${name} cannot be a name here`, expected };
  }
  const value = valueAt(root, path);
  if (value === undefined) return { ...missingFinding(path, issue), expected };
  if (isTable(value)) {
    const message = `${formatKeyPath(path)} is not valid`;
    return { path, side: "value", message, expected, isTable: true };
  }
  const message = `the value of ${name} is not valid`;
  return { path, side: "value", message, expected, suggestion: suggestedText(issue) };
}

/**
 * What is wrong with a value that may have one of several forms: what is wrong inside of it, as far as that is not about
 * keys that only another form has, else that it has none of the forms.
 */
function unionFindings(root: TomlTable, path: KeyPath, issue: v.BaseIssue<unknown>): Finding[] {
  const inner = (issue.issues ?? [])
    .filter(({ expected, received }) => expected !== "never" && received !== "undefined")
    .flatMap((one) => findingsOf(root, one, path))
    .filter((finding) => finding.path.length > path.length);
  if (inner.length > 0) return inner;
  const forms = (issue.issues ?? []).flatMap(({ type }) => typeNames[type] ?? []);
  const expected = ownMessage(issue) ?? [...new Set(forms)].join(" or ");
  return [{ ...schemaFinding(path, issue), expected, isForm: true }];
}

/** What a problem of a value with the schema comes to. @param parent The path that the problem's own path is relative to. */
export function findingsOf(
  root: TomlTable,
  issue: v.BaseIssue<unknown>,
  parent: KeyPath = [],
): Finding[] {
  const path = [...parent, ...pathOf(issue)];
  if (issue.kind === "validation") return [valueFinding(root, path, issue)];
  if (issue.received === "undefined") return [missingFinding(path, issue)];
  return issue.type === "union" ? unionFindings(root, path, issue) : [schemaFinding(path, issue)];
}
