import { describe, expect, spyOn, test } from "bun:test";
import { examples } from "../../../src/commands/examples.ts";
import { installerProgram } from "../../../src/commands/program.ts";
import { runStrict } from "../../../src/commands/strict.ts";
import { parseStrict } from "../../../src/commands/strict-arguments.ts";

const commands = installerProgram({}).subCommands ?? {};

/** What `--help` prints. */
async function help(...argv: readonly string[]): Promise<string> {
  const write = spyOn(await import("../../../src/run/terminal/write.ts"), "writeText");
  const shown: string[] = [];
  write.mockImplementation((_descriptor, text) => {
    shown.push(text);
    return true;
  });
  try {
    await runStrict(installerProgram({}), [...argv, "--help"], examples);
    return shown.join("");
  } finally {
    write.mockRestore();
  }
}

test("every command has examples, and none is left of a command that is gone", () => {
  expect(Object.keys(examples).toSorted()).toEqual(
    ["installer", ...Object.keys(commands)].toSorted(),
  );
});

describe.each(Object.entries(examples))("%s --help", (name, list) => {
  test("ends with its examples", async () => {
    const text = await help(...(name === "installer" ? [] : [name]));
    const [, section] = text.split(/\S\n\nEXAMPLES\n/);
    for (const { purpose, line } of list) expect(section).toContain(`  ${purpose}:\n    ${line}\n`);
  });

  test.each(list.map(({ line }) => line))("%s", (line) => {
    // The installer's part of the pipeline; none has a word with a space.
    const part = line.split(/ [|>] /).find((each) => each.startsWith("installer"));
    const [, first = "", ...rest] = part?.split(" ") ?? [];
    const isNamed = Object.hasOwn(commands, first);
    if (name !== "installer" && name !== "install") expect(first).toBe(name);
    const command = Object.entries(commands).find(([key]) => key === (isNamed ? first : "install"));
    const definition = command?.[1];
    if (typeof definition !== "object" || definition instanceof Promise)
      throw new Error("no command");
    const { args = {} } = definition;
    if (typeof args !== "object" || args instanceof Promise) throw new Error("no arguments");
    const parsed = parseStrict(args, isNamed ? rest : [first, ...rest], "installer --help");
    expect(() => parsed.checkRequired()).not.toThrow();
  });
});
