import { describe, expect, spyOn, test } from "bun:test";
import { join } from "node:path";
import { runStrict } from "../../../src/commands/strict.ts";
import { InstallerError } from "../../../src/errors.ts";
import { program } from "./program.ts";

/** What a command line printed on standard output, and the exit code, without a process of its own. */
async function run(...argv: readonly string[]): Promise<{ output: string; exitCode: number }> {
  const write = spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    const exitCode = await runStrict(program, argv);
    return { output: write.mock.calls.map(([text]) => String(text)).join(""), exitCode };
  } finally {
    write.mockRestore();
  }
}

/** The message and the hint of a refusal; the test fails if anything ran. */
async function refusal(...argv: readonly string[]): Promise<string> {
  const write = spyOn(process.stdout, "write").mockReturnValue(true);
  try {
    await runStrict(program, argv);
  } catch (error) {
    expect(write).not.toHaveBeenCalled();
    if (!(error instanceof InstallerError)) throw error;
    expect(error.exitCode).toBe(2);
    return `${error.message} | ${error.hint}`;
  } finally {
    write.mockRestore();
  }
  throw new Error("the command line was accepted");
}

const all = (given: object) =>
  JSON.stringify({ manifest: "F", verify: true, format: "plain", ...given });

const see = (command = "installer") => `See ${command} --help.`;

const start = (...argv: readonly string[]) =>
  Bun.spawnSync([process.execPath, join(import.meta.dir, "program.ts"), ...argv], {
    env: { TERM: "xterm-256color", PATH: process.env.PATH ?? "" },
  });

describe("a command line that is understood runs its command", () => {
  test.each([
    [["--manifest", "F"], `install ${all({})}`],
    [["--manifest=F"], `install ${all({})}`],
    [["-m", "F"], `install ${all({})}`],
    [["-mF"], `install ${all({})}`],
    [["install", "-m", "F"], `install ${all({})}`],
    [["--manifest", "-"], `install ${all({ manifest: "-" })}`],
    [["--manifest=--dry-run"], `install ${all({ manifest: "--dry-run" })}`],
    [
      ["--manifest", "https://u:p@example.org/a=b?c#d"],
      `install ${all({ manifest: "https://u:p@example.org/a=b?c#d" })}`,
    ],
    [["--manifest", "plan"], `install ${all({ manifest: "plan" })}`],
    [
      ["--no-verify", "--format", "json", "-m", "F"],
      `install ${all({ verify: false, format: "json" })}`,
    ],
    [["check", "a b"], 'check {"file":"a b"}'],
    [["check", "--", "--help"], 'check {"file":"--help"}'],
  ])("%j", async (argv, output) => {
    expect(await run(...argv)).toEqual({ output, exitCode: 0 });
  });

  test("and switches reach it", async () => {
    expect((await run("-m", "F", "--dry-run")).output).toContain('"dryRun":true');
  });

  test("and its number is the exit code", async () => {
    expect(await run("plan", "-m", "F")).toEqual({ output: 'plan {"manifest":"F"}', exitCode: 4 });
  });

  test("and what it throws is passed on", async () => {
    const error: unknown = await runStrict(program, ["check", "fail"]).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toEqual(new TypeError("thrown by the command"));
  });
});

describe("a command line that citty would half understand and run is refused", () => {
  test.each([
    [
      "a misspelt switch",
      ["--dryrun", "-m", "F"],
      `unknown option --dryrun | Did you mean --dry-run? ${see()}`,
    ],
    [
      "a misspelt option",
      ["plan", "--manifst", "F"],
      `unknown option --manifst | Did you mean --manifest? ${see("installer plan")}`,
    ],
    ["an unknown option", ["-m", "F", "--unknown=1"], `unknown option --unknown | ${see()}`],
    ["an unknown letter", ["-m", "F", "-Z"], `unknown option -Z | ${see()}`],
    ["a letter for a word", ["-m", "F", "-verify"], `unknown option -v | ${see()}`],
    ["a prototype's name", ["-m", "F", "--__proto__=1"], `unknown option --__proto__ | ${see()}`],
    [
      "another prototype's name",
      ["-m", "F", "--constructor"],
      `unknown option --constructor | ${see()}`,
    ],
    ["an operand", ["-m", "F", "G"], `unexpected argument "G" | ${see()}`],
    [
      "operands and an option",
      ["plan", "a", "b", "--whatever"],
      `unknown option --whatever | ${see("installer plan")}`,
    ],
    [
      "one operand too many",
      ["check", "a", "b"],
      `unexpected argument "b" | ${see("installer check")}`,
    ],
    ["operands after --", ["-m", "F", "--", "x"], `unexpected argument "x" | ${see()}`],
    ["a command behind options", ["-m", "F", "plan"], `unexpected argument "plan" | ${see()}`],
    [
      "an option for a value",
      ["--manifest", "--dry-run"],
      `--manifest needs a value, but "--dry-run" is an option | Write --manifest=--dry-run if it is meant as the value. ${see()}`,
    ],
    ["no value at the end", ["-m"], `-m needs a value | ${see()}`],
    ["an empty value after =", ["--manifest="], `--manifest needs a value | ${see()}`],
    ["an empty value", ["--manifest", ""], `--manifest needs a value | ${see()}`],
    ["= after a letter", ["-m=F"], `-m=F is ambiguous | Write -m F. ${see()}`],
    [
      "--no- before an option with a value",
      ["--no-manifest"],
      `unknown option --no-manifest | ${see()}`,
    ],
    [
      "--no- before a switch that is off",
      ["-m", "F", "--no-dry-run"],
      `unknown option --no-dry-run | ${see()}`,
    ],
    ["a value for a switch", ["-m", "F", "--verify=false"], `--verify takes no value | ${see()}`],
    [
      "a value for a negated switch",
      ["-m", "F", "--no-verify=false"],
      `--no-verify takes no value | ${see()}`,
    ],
    [
      "a value behind a switch",
      ["-m", "F", "--verify", "false"],
      `unexpected argument "false" | ${see()}`,
    ],
    ["an option twice", ["-m", "F", "--manifest", "G"], `--manifest is given twice | ${see()}`],
    [
      "a switch and its opposite",
      ["-m", "F", "--verify", "--no-verify"],
      `--verify is given twice | ${see()}`,
    ],
    [
      "none of the choices",
      ["-m", "F", "--format", "xml"],
      `--format cannot be "xml" | It is one of plain, json. ${see()}`,
    ],
    ["nothing", [], `--manifest is missing | ${see()}`],
    ["a missing operand", ["check"], `FILE is missing | ${see("installer check")}`],
    ["an empty operand", ["check", ""], `FILE is empty | ${see("installer check")}`],
    [
      "a misspelt command",
      ["plna", "-m", "F"],
      `there is no command "plna" | Did you mean installer plan? ${see()}`,
    ],
    ["an unknown command", ["frobnicate"], `there is no command "frobnicate" | ${see()}`],
    [
      "a prototype's name as command",
      ["constructor"],
      `there is no command "constructor" | ${see()}`,
    ],
    [
      "the version of a command",
      ["plan", "--version"],
      `unknown option --version | ${see("installer plan")}`,
    ],
    [
      "a mistake next to --help",
      ["--hlep", "--help"],
      `unknown option --hlep | Did you mean --help? ${see()}`,
    ],
  ])("%s", async (_what, argv, expected) => {
    expect(await refusal(...argv)).toBe(expected);
  });
});

describe("the process", () => {
  test("prints the usage of the program and of its default command on --help", () => {
    const { exitCode, stdout, stderr } = start("--help");
    expect(exitCode).toBe(0);
    expect(stderr.toString()).toBe("");
    expect(stdout.toString()).toMatchInlineSnapshot(`
      "Test program (installer v1.2.3)

      USAGE installer [OPTIONS] --manifest=<FILE>

      OPTIONS

        -m, --manifest=<FILE>    What to install (Required)
                    --dry-run    Only say what would be done
                     --verify    Check signatures (Default: true)
                  --no-verify    Do not
        --format=<plain|json>    How to print (Default: plain)
                   -h, --help    Print this and exit
                    --version    Print the version and exit

      USAGE installer install|plan|check

      COMMANDS

        install    Install
           plan    Plan
          check    Check

      Use installer <command> --help for more information about a command.
      "
    `);
  });

  test.each(["--help", "-h"])("prints the usage of a command on %s", (flag) => {
    const { exitCode, stdout } = start("check", flag);
    expect(exitCode).toBe(0);
    expect(stdout.toString()).toContain("USAGE installer check [OPTIONS] <FILE>");
  });

  test("prints its version", () => {
    const { exitCode, stdout } = start("--version");
    expect([exitCode, stdout.toString()]).toEqual([0, "installer 1.2.3\n"]);
  });

  test("says what is wrong in one line and what to do in the next", () => {
    const { exitCode, stdout, stderr } = start("--manifest", "--dry-run");
    expect([exitCode, stdout.toString()]).toEqual([2, ""]);
    expect(stderr.toString()).toBe(
      'error: --manifest needs a value, but "--dry-run" is an option\n' +
        "  next      Write --manifest=--dry-run if it is meant as the value. See installer --help.\n",
    );
  });
});
