import { describe, expect, test } from "bun:test";
import { join } from "node:path";

const writer = join(import.meta.dir, "writer.ts");

/** Runs a shell script in which `$0` is Bun and `$1` the program that writes. */
async function shell(script: string, environment: Readonly<Record<string, string>> = {}) {
  const child = Bun.spawn(["sh", "-c", script, process.execPath, writer], {
    env: { PATH: process.env.PATH ?? "", ...environment },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  expect(await child.exited).toBe(0);
  return { stdout, stderr };
}

describe("everything that is written", () => {
  test.each(["blocking", "non-blocking"])(
    "reaches a slow reader through a %s pipe",
    async (mode) => {
      const { stdout } = await shell(`"$0" "$1" ${mode} | dd bs=512 status=none | sha256sum`);
      const expected = new Bun.CryptoHasher("sha256").update("0123456789abcde\n".repeat(2 ** 18));
      expect(stdout).toBe(`${expected.digest("hex")}  -\n`);
    },
  );

  test("does not end the program when its reader has gone", async () => {
    const { stderr } = await shell('"$0" "$1" blocking | true');
    expect(stderr).toBe("nobody reads\n");
  });
});

describe("a terminal", () => {
  const utf8 = { TERM: "xterm-256color", LANG: "C.UTF-8" };

  test.each([
    ["of today", utf8, { isLive: true, colour: true, unicode: true }],
    ["of old", { TERM: "vt220", LANG: "C.UTF-8" }, { isLive: true, colour: true, unicode: false }],
    ["without a locale", { TERM: "xterm" }, { isLive: true, colour: true, unicode: false }],
    ["with NO_COLOR", { ...utf8, NO_COLOR: "1" }, { isLive: false, colour: false }],
    ["with an empty NO_COLOR", { ...utf8, NO_COLOR: "" }, { isLive: true, colour: true }],
    ["that is dumb", { ...utf8, TERM: "dumb" }, { isLive: false, colour: false }],
    ["that does not say what it is", { LANG: "C.UTF-8" }, { isLive: false, colour: false }],
  ])("%s", async (_what, environment, expected) => {
    const inside = 'stty columns 97; exec "$BUN" "$WRITER" terminal';
    const { stdout } = await shell(
      `BUN="$0" WRITER="$1" SHELL=/bin/sh exec env ${"TERM" in environment ? "" : "-u TERM"} script -qec '${inside}' /dev/null </dev/null`,
      environment,
    );
    expect(JSON.parse(stdout)).toMatchObject({ ...expected, columns: 97 });
  });

  test("that is a pipe has no colours and 80 columns", async () => {
    const { stdout } = await shell('"$0" "$1" terminal', utf8);
    expect(JSON.parse(stdout)).toEqual({
      isLive: false,
      colour: false,
      unicode: true,
      columns: 80,
    });
  });
});
