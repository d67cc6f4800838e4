import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { TerminalDialogue } from "../../support/terminal-dialogue.ts";

setDefaultTimeout(30_000);

const program = join(import.meta.dir, "ask-program.ts");

/** Runs the program, then shows the terminal's modes. */
const script = 'trap : INT; "$@"; stty -a';

/** The program on a terminal of its own. */
function ask(kind: "new" | "old" | "examine"): TerminalDialogue {
  return new TerminalDialogue(["sh", "-c", script, "sh", process.execPath, program, kind]);
}

test("a new secret is asked for twice, and never shown", async () => {
  await using dialogue = ask("new");
  await dialogue.shows("Secret: ");
  dialogue.type("hüsh \n");
  await dialogue.shows("Secret (again): ");
  dialogue.type("hüsh \n");
  await dialogue.shows("got 68c3bc736820");
  expect(dialogue.shown).not.toContain("sh ");
});

test("two that differ are asked for again", async () => {
  await using dialogue = ask("new");
  await dialogue.shows("Secret: ");
  dialogue.type("one\n");
  await dialogue.shows("again): ");
  dialogue.type("two\n");
  await dialogue.shows("not the same");
  await dialogue.shows("Secret: ", 2);
  dialogue.type("three\n");
  await dialogue.shows("again): ", 2);
  dialogue.type("three\n");
  await dialogue.shows(`got ${Buffer.from("three").toString("hex")}`);
});

test("one that something knows already is asked for once; an empty one is refused", async () => {
  await using dialogue = ask("old");
  await dialogue.shows("Secret: ");
  dialogue.type("\n");
  await dialogue.shows("failed: the secret is empty");
});

test("an interruption ends the wait, and the terminal shows again what is typed", async () => {
  await using dialogue = ask("new");
  await dialogue.shows("Secret: ");
  dialogue.type("\x03");
  await dialogue.shows("failed: interrupted by SIGINT");
  await dialogue.shows(" echo ");
});

test("nobody is asked where it is only planned", async () => {
  await using dialogue = ask("examine");
  await dialogue.shows("found []");
  expect(dialogue.shown).not.toContain("Secret");
});

test("without a terminal it is refused", async () => {
  const { stdout } = await exec([process.execPath, program, "new"]);
  expect(stdout).toStartWith('failed: there is no terminal to ask "Secret" on');
});
