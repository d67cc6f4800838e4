import { describe, expect, test } from "bun:test";
import { InstallerError } from "../../../src/errors.ts";
import { parseManifest } from "../../../src/manifest/parse.ts";
import { CommandError, exec } from "../../../src/run/command.ts";
import { formatError } from "../../../src/run/format-error.ts";
import { StepError } from "../../../src/run/step-error.ts";
import { soundManifest } from "../manifest/manifest.ts";

const { positions } = parseManifest({ file: "host.toml", text: soundManifest });

function text(error: unknown): string {
  return `\n${formatError(error, { colour: false, positions })}\n`;
}

const step = { id: "disk/main/partition-table", title: "Partition /dev/vda" };

test("a command that failed in a step: step, object, line, command, status, output, advice", async () => {
  const script = "echo checking; printf 'sfdisk: \\033[31mdevice is busy\\033[0m\\n' >&2; exit 1";
  const failure = await exec(["sh", "-c", script], { object: "disk.main" }).catch(
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(CommandError);
  expect(text(new StepError(step, "disk", failure))).toMatchInlineSnapshot(`
    "
    error: sh ended with exit status 1
      step      Partition /dev/vda (disk/main/partition-table)
      object    disk.main
      manifest  host.toml:10:2
       10 | [disk.main]
          |  ^^^^^^^^^
      command   sh -c 'echo checking; printf '\\''sfdisk: \\033[31mdevice is busy\\033[0m\\n'\\'' >&2; exit 1'
      status    1
      output
        | checking
        | sfdisk: \\x1b[31mdevice is busy\\x1b[0m
    "
  `);
});

test("a command that was killed", async () => {
  const failure = await exec(["sh", "-c", "kill -9 $$"]).catch((error: unknown) => error);
  expect(text(failure)).toMatchInlineSnapshot(`
    "
    error: sh was ended by SIGKILL
      command   sh -c 'kill -9 $$'
      signal    SIGKILL
    "
  `);
});

test("a command that does not exist", async () => {
  const failure = await exec(["/nonexistent/sfdisk", "--version"]).catch((error: unknown) => error);
  expect(text(failure)).toMatchInlineSnapshot(`
    "
    error: /nonexistent/sfdisk could not be started: ENOENT: no such file or directory, posix_spawn '/nonexistent/sfdisk'
      command   /nonexistent/sfdisk --version
      status    not started
    "
  `);
});

test("causes are told in order, each once", () => {
  const lookup = Object.assign(new Error("getaddrinfo ENOTFOUND cache.example.org"), {
    code: "ENOTFOUND",
  });
  const download = new InstallerError("cache", "cannot download nix-cache-info", { cause: lookup });
  const error = new InstallerError("cache", "no cache can be reached", {
    cause: download,
    object: "cache.substituters[0]",
    hint: "Check the network.",
  });
  expect(
    text(new StepError({ id: "pull", title: "Pull the closure" }, "cache", error)),
  ).toMatchInlineSnapshot(`
    "
    error: no cache can be reached
      step      Pull the closure (pull)
      object    cache.substituters[0]
      manifest  host.toml:7:17
        7 | substituters = ["https://cache.example.org"]
          |                 ^^^^^^^^^^^^^^^^^^^^^^^^^^^
      because   cannot download nix-cache-info
      because   getaddrinfo ENOTFOUND cache.example.org
      next      Check the network.
    "
  `);
});

test("a chain of causes that is a circle comes to an end", () => {
  const one = new Error("one");
  const two = new Error("two", { cause: one });
  one.cause = two;
  expect(text(new InstallerError("disk", "three", { cause: two }))).toMatchInlineSnapshot(`
    "
    error: three
      because   two
      because   one
    "
  `);
});

test("errors of a failed run and of its clean-up are told one after the other", () => {
  const error = new InstallerError("disk", "mkfs.ext4 ended with exit status 1", {
    hint: "Look at the disk.",
  });
  const cleanUp = new InstallerError("disk", "could not close again: /mnt: EBUSY");
  expect(text(new AggregateError([error, cleanUp]))).toMatchInlineSnapshot(`
    "
    error: mkfs.ext4 ended with exit status 1
      next      Look at the disk.

    error: could not close again: /mnt: EBUSY
    "
  `);
});

test("a message of several lines stays together", () => {
  expect(
    text(new InstallerError("refused", "two reasons:\n/dev/vda is mounted\n/dev/vda holds swap\n")),
  ).toMatchInlineSnapshot(`
    "
    error: two reasons:
      /dev/vda is mounted
      /dev/vda holds swap
    "
  `);
});

describe("what nobody foresaw is called a bug", () => {
  test.each([
    ["thrown in a step", new StepError(step, "disk", new TypeError("undefined is not a function"))],
    ["thrown anywhere", new Error("unexpected")],
    ["known to be one", new InstallerError("bug", "exec was given no program to run")],
  ])("%s, with its stack", (_what, error) => {
    const message = formatError(error, { colour: false });
    expect(message).toStartWith("error: this is a bug in the installer: ");
    expect(message).toContain("format-error.test.ts:");
    expect(message).toEndWith("  next      Report it with this text, the log and the manifest.");
  });

  test("and says with what, where it happened, and where the log is", () => {
    const cause = new RangeError("index out of range");
    const report = formatError(new InstallerError("bug", cause.message, { cause }), {
      colour: false,
      version: "1.2.3",
      step: "Pull 3 store paths (pull)",
      log: "/var/log/landfall.log",
    });
    const lines = report.split("\n");
    expect(lines[0]).toBe("error: this is a bug in the installer: index out of range");
    expect(lines[1]).toMatch(/^ {2}version {3}installer 1\.2\.3 \(Bun [\d.]+, linux \S+, \w+\)$/);
    expect(lines[2]).toBe("  step      Pull 3 store paths (pull)");
    expect(lines[3]).toBe("  stack     RangeError: index out of range");
    expect(lines.at(-2)).toStartWith("  next      Report it");
    expect(lines.at(-1)).toBe("  log       /var/log/landfall.log");
  });

  test.each([[null], [undefined], ["text"], [42], [{}]])(
    "even when it is no error: %p",
    (thrown) => {
      expect(formatError(thrown, { colour: false })).toStartWith(
        "error: this is a bug in the installer: ",
      );
    },
  );
});

test("nothing that a terminal acts on is passed on", async () => {
  const evil = "\x1b]0;title\x07\x1b[2J\r\b\x7f\u009b31m\u202e\u2028\ufeff\ud800";
  const position = { file: `host${evil}.toml`, line: 1, column: 1, text: `a = "${evil}"` };
  const failure = await exec(["sh", "-c", `printf '%s' "$1" >&2; exit 1`, evil]).catch(
    (error: unknown) => error,
  );
  const errors = [
    new InstallerError("disk", evil, {
      object: evil,
      hint: evil,
      position,
      cause: new Error(`cause ${evil}`),
    }),
    new StepError({ id: evil, title: evil }, "disk", failure),
    new Error(evil),
  ];
  for (const error of errors) {
    const output = formatError(error, { colour: false });
    expect(output.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
    expect(output).toContain("\\x1b[2J\\x0d\\x08\\x7f\\x9b31m\\u{202e}\\u{2028}\\u{feff}");
  }
});

test("colours set off the same text", () => {
  const error = new InstallerError("disk", "no room", { object: "disk.main" });
  const coloured = formatError(error, { colour: true, positions });
  expect(coloured).toStartWith("\x1b[38;5;196merror:\x1b[39m ");
  expect(Bun.stripANSI(coloured)).toBe(formatError(error, { colour: false, positions }));
});
