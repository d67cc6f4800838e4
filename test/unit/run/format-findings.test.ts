import { expect, test } from "bun:test";
import { makeFinding } from "../../../src/findings/make-finding.ts";
import { RefusalError } from "../../../src/findings/refusal-error.ts";
import { formatError } from "../../../src/run/format-error.ts";

const position = { file: "host.toml", line: 9, column: 1, text: "[disk.main]" };
const positions = { of: (path: string) => (path === "disk.main" ? position : undefined) };

const notEmpty = makeFinding(
  "preflight/disk-not-empty",
  "disk.main",
  '/dev/sda is not empty\n/dev/sda (20 GiB): dos\n  /dev/sda1 (1 GiB): ext4 "photos\x1b[2J"',
  "Write `wipe = true` for this disk to destroy everything on it.",
);
const tooFull = makeFinding(
  "preflight/room",
  'filesystem."/"',
  "the system needs 9.9 GiB for /nix/store, but main.root has 7.7 GiB",
  "Make main.root larger, or the system smaller.",
);
const unchecked = makeFinding(
  "preflight/signatures-not-checked",
  "cache.require-sigs",
  "NO SIGNATURE IS CHECKED",
);

test("everything that stands in the way is told, each thing with its own way out", () => {
  const error = new RefusalError([unchecked, notEmpty, tooFull]);
  expect(formatError(error, { colour: false, positions })).toMatchInlineSnapshot(`
    "error: nothing was written: 2 things stand in the way

    error: disk.main: /dev/sda is not empty
        /dev/sda (20 GiB): dos
          /dev/sda1 (1 GiB): ext4 "photos\\x1b[2J"
      finding   preflight/disk-not-empty
      manifest  host.toml:9:1
        9 | [disk.main]
          | ^^^^^^^^^^^
      next      Write \`wipe = true\` for this disk to destroy everything on it.

    error: filesystem."/": the system needs 9.9 GiB for /nix/store, but main.root has 7.7 GiB
      finding   preflight/room (can be allowed)
      next      Make main.root larger, or the system smaller.

    warning: cache.require-sigs: NO SIGNATURE IS CHECKED
      finding   preflight/signatures-not-checked"
  `);
});

test("one thing alone needs no count", () => {
  const text = formatError(new RefusalError([tooFull]), { colour: false });
  expect(text).toStartWith('error: filesystem."/": the system needs 9.9 GiB');
  expect(text).not.toContain("stand in the way");
});
