import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";
import { TerminalDialogue } from "../../support/terminal-dialogue.ts";

setDefaultTimeout(30_000);

const program = join(import.meta.dir, "confirm-program.ts");
const golden = join(import.meta.dir, "../../unit/plan/golden");
const used = join(golden, "used-disk.json");
const blank = join(golden, "uefi-ext4.json");
const question = 'Type "yes" to destroy what is on /dev/vda and install: ';

function installer(plan: string, ...more: readonly string[]): string[] {
  return [process.execPath, program, plan, ...more];
}

describe("on a terminal it is asked before data is lost", () => {
  test("what is lost and made is shown; yes goes on, and the log says so", async () => {
    await using dialogue = new TerminalDialogue(installer(used));
    await dialogue.shows(question);
    const shown = Bun.stripANSI(dialogue.shown);
    expect(shown).toContain("LOST /dev/vda2  40 GiB  LVM2_member of vg");
    expect(shown).toContain('new  vda2  63.7 GiB  root  ext4 "nixos"  mounted on /');
    dialogue.type("yes\n");
    await dialogue.shows("confirmed on the terminal");
    await dialogue.shows("GOES ON");
  });

  test("on a narrow terminal no line is wider than it, but for store paths", async () => {
    await using dialogue = new TerminalDialogue(installer(used), {}, 40);
    await dialogue.shows('Type "yes" to destroy what is on\r\n/dev/vda and install: ');
    const lines = Bun.stripANSI(dialogue.shown);
    dialogue.type("no\n");
    await dialogue.shows("ENDS with 4");
    expect(lines).toContain(
      "    LOST /dev/dm-0 (vg-photos)\r\n           mounted on /media/photos\r\n",
    );
    expect(
      lines.split("\r\n").filter((line) => Bun.stringWidth(line) > 40 && / /.test(line.trim())),
    ).toEqual([]);
  });

  test.each(["no", "", "y", "yes please"])("%j is no: exit code 4", async (answer) => {
    await using dialogue = new TerminalDialogue(installer(used));
    await dialogue.shows(question);
    dialogue.type(`${answer}\n`);
    await dialogue.shows("ENDS with 4: not confirmed: nothing was changed");
  });

  test("the end of input is no", async () => {
    await using dialogue = new TerminalDialogue(installer(used));
    await dialogue.shows(question);
    dialogue.type("\x04");
    await dialogue.shows("install: \r\nENDS with 4: not confirmed");
  });

  test("Ctrl-C ends the run as everywhere: exit code 130", async () => {
    await using dialogue = new TerminalDialogue(installer(used));
    await dialogue.shows(question);
    dialogue.type("\x03");
    await dialogue.shows("install: ^C\r\nENDS with 130: interrupted by SIGINT");
  });

  test("standard input may be the manifest, and standard output a pipe", async () => {
    const script = 'echo manifest | "$@" | cat';
    await using dialogue = new TerminalDialogue(["sh", "-c", script, "sh", ...installer(used)]);
    await dialogue.shows(question);
    dialogue.type("yes\n");
    await dialogue.shows("GOES ON");
  });
});

describe("nothing is asked", () => {
  test("where nothing is lost", async () => {
    await using dialogue = new TerminalDialogue(installer(blank));
    await dialogue.shows("GOES ON");
    expect(dialogue.shown).toContain("What is lost");
    expect(dialogue.shown).toContain("  nothing\r\n");
    expect(dialogue.shown).not.toContain("Type");
  });

  test("with --yes, though what is lost is shown", async () => {
    await using dialogue = new TerminalDialogue(installer(used, "--yes"));
    await dialogue.shows("GOES ON");
    expect(Bun.stripANSI(dialogue.shown)).toContain("LOST /dev/vda1");
    expect(dialogue.shown).not.toContain("Type");
  });

  test("without a terminal: the manifest is the consent", async () => {
    const { stdout } = await exec(installer(used));
    expect(stdout).toBe("GOES ON\n");
  });

  test("where the output goes to files, though there is a terminal", async () => {
    const script = '"$@" </dev/null >/dev/null 2>&1; echo "ended with $?"';
    await using dialogue = new TerminalDialogue(["sh", "-c", script, "sh", ...installer(used)]);
    await dialogue.shows("ended with 0");
  });
});
