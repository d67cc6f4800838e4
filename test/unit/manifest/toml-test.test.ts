import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import * as v from "valibot";
import { isTable, parseToml, type TomlValue } from "../../../src/manifest/toml.ts";
import { ManifestError } from "../../../src/manifest-error.ts";

// 680 documents on a machine that is busy with VMs.
setDefaultTimeout(60_000);

const repository = join(import.meta.dir, "../../..");

/** The tests of TOML 1.0.0 of toml-lang/toml-test; README.md beside them says where they come from. */
const vectors = await new Bun.Archive(
  await Bun.file(join(repository, "test/toml-test/vectors.tar.gz")).bytes(),
).files();

const valid = [...vectors.keys()].filter((name) => /^valid\/.*\.toml$/.test(name)).toSorted();
const invalid = [...vectors.keys()].filter((name) => /^invalid\/.*\.toml$/.test(name)).toSorted();

async function bytesOf(name: string): Promise<Uint8Array> {
  const file = vectors.get(name);
  if (file === undefined) throw new Error(`the vectors have no ${name}`);
  return file.bytes();
}

/** The document; `undefined` where it is no UTF-8, which `readManifest` refuses before it is parsed. */
async function textOf(name: string): Promise<string | undefined> {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(await bytesOf(name));
  } catch {
    return undefined;
  }
}

/** A scalar as toml-test writes it: everything is a text. */
const scalar = v.strictObject({ type: v.string(), value: v.string() });

function sameNumber(value: number, written: string): boolean {
  if (written.endsWith("nan")) return Number.isNaN(value);
  return value === Number(written.replace(/inf$/, "Infinity"));
}

/** Dates and times without a time zone count as UTC, times without a date as of the year 0: so does @iarna/toml. */
const instants: Readonly<Record<string, (written: string) => string>> = {
  datetime: (written) => written,
  "datetime-local": (written) => `${written}Z`,
  "date-local": (written) => written,
  "time-local": (written) => `0000-01-01T${written}Z`,
};

function sameTime(value: Date, type: string, written: string): boolean {
  return value.getTime() === new Date(instants[type]?.(written) ?? "").getTime();
}

function sameScalar(
  value: TomlValue | undefined,
  { type, value: written }: v.InferOutput<typeof scalar>,
) {
  if (type === "string") return value === written;
  if (type === "bool") return value === (written === "true");
  if (type === "integer" || type === "float") {
    return typeof value === "number" && sameNumber(value, written);
  }
  return value instanceof Date && sameTime(value, type, written);
}

/** Whether a value is what toml-test says that it is. */
function same(value: TomlValue | undefined, expected: unknown): boolean {
  if (Array.isArray(expected)) {
    return (
      Array.isArray(value) &&
      value.length === expected.length &&
      expected.every((element, index) => same(value[index], element))
    );
  }
  if (v.is(scalar, expected)) return sameScalar(value, expected);
  const table = v.parse(v.record(v.string(), v.unknown()), expected);
  return (
    isTable(value) &&
    Object.keys(value).length === Object.keys(table).length &&
    Object.entries(table).every(([key, element]) => same(value[key], element))
  );
}

/** What was said against a document; `undefined` when it was read. */
function complaintAbout(file: string, text: string): readonly string[] | undefined {
  try {
    const { problems } = parseToml({ file, text });
    return problems.length === 0 ? undefined : problems.map(({ message }) => message);
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    return error.problems.map(({ message }) => message);
  }
}

const form = (what: string) =>
  `this program does not read a ${what} in this form, though it is TOML`;
const tooLarge = "the integer is too large";

/** The valid documents that are refused, and why: what docs/manifest.md lists. */
const departures: Readonly<Record<string, readonly string[]>> = {
  "valid/array/array.toml": [form("date or time")],
  "valid/datetime/datetime.toml": [form("date or time")],
  "valid/datetime/local-time.toml": [form("date or time")],
  "valid/float/zero.toml": [form("float")],
  "valid/integer/long.toml": [tooLarge, tooLarge],
  "valid/spec-1.0.0/local-time-0.toml": [form("date or time")],
};

test("every valid document is read right, or refused with the name of the departure", async () => {
  const wrong: string[] = [];
  const refused: Record<string, readonly string[]> = {};
  for (const name of valid) {
    const text = await textOf(name);
    const complaint = text === undefined ? ["no UTF-8"] : complaintAbout(name, text);
    if (complaint !== undefined) {
      refused[name] = complaint;
      continue;
    }
    const expected: unknown = JSON.parse(
      new TextDecoder().decode(await bytesOf(name.replace(/toml$/, "json"))),
    );
    if (!same(parseToml({ file: name, text: text ?? "" }).root, expected)) wrong.push(name);
  }
  expect(wrong).toEqual([]);
  expect(refused).toEqual(departures);
});

test("every invalid document is refused, at a place", async () => {
  const accepted: string[] = [];
  for (const name of invalid) {
    const text = await textOf(name);
    if (text !== undefined && complaintAbout(name, text) === undefined) accepted.push(name);
  }
  expect(accepted).toEqual([]);
});

test("docs/manifest.md states these results", async () => {
  const text = await Bun.file(join(repository, "docs/manifest.md")).text();
  const page = text.replaceAll(/\s+/g, " ");
  const refused = Object.keys(departures).length;
  expect(page).toContain(
    `${valid.length - refused} of its ${valid.length} valid documents are read right`,
  );
  expect(page).toContain(`all ${invalid.length} invalid ones are refused`);
  for (const name of Object.keys(departures)) expect(page).toContain(`\`${name}\``);
});
