import { expect, test } from "bun:test";
import type { CopiedPath } from "../../../../src/cache/nix-store/copied-path.ts";
import { CopyLog } from "../../../../src/cache/nix-store/copy-log.ts";
import { CopyProgress } from "../../../../src/cache/nix-store/copy-progress.ts";
import type { Progress } from "../../../../src/run/step.ts";

const library = "/nix/store/4kxs8jfz0b8lzsnpwc0rqynzky1arz7x-library";
const tool = "/nix/store/253qk8kz88b6si4cmj3m2wzwfaz1vchy-tool";

const copied = (storePath: string, narSize: number): CopiedPath => ({
  storePath,
  narSize,
  store: "ssh://host",
  narHash: "sha256:x",
  references: [],
});

const started = (id: number, path: string) =>
  `@nix {"action":"start","fields":["${path}","ssh://host","local"],"id":${id},"level":3,"parent":0,"text":"copying path","type":100}`;
const progressed = (id: number, bytes: number, total: number) =>
  `@nix {"action":"result","fields":[${bytes},${total},0,0],"id":${id},"type":105}`;
const stopped = (id: number) => `@nix {"action":"stop","id":${id}}`;

function follow(lines: readonly string[]) {
  const reports: Progress[] = [];
  const messages: string[] = [];
  const progress = new CopyProgress([copied(library, 1000), copied(tool, 200)], (report) =>
    reports.push(report),
  );
  const log = new CopyLog({
    onCopied: progress.copied,
    onStopped: progress.stopped,
    onMessage: (level, text) => messages.push(`${level}: ${text}`),
  });
  for (const line of lines) log.line(line);
  return { reports: reports.map(({ done, total }) => `${done}/${total}`), messages, log };
}

test("bytes of paths under way and of those that are done add up", () => {
  const { reports, log } = follow([
    `@nix {"action":"start","fields":[],"id":1,"level":0,"parent":0,"text":"copying 2 paths","type":103}`,
    started(2, library),
    progressed(2, 400, 1000),
    started(3, tool),
    progressed(3, 150, 200),
    progressed(1, 0, 2),
    stopped(3),
    progressed(2, 1000, 1000),
    stopped(2),
    stopped(1),
  ]);
  expect(reports).toEqual(["400/1200", "550/1200", "600/1200", "1200/1200", "1200/1200"]);
  expect(log.unfinished).toEqual([]);
});

test("messages are told without colours, those of ssh among them, and what is being copied is known", () => {
  const { messages, log } = follow([
    `@nix {"action":"msg","level":1,"msg":"\\u001b[35;1mwarning:\\u001b[0m slow"}`,
    "Connection to host closed by remote host.",
    started(2, library),
    `@nix {"action":"msg","level":0,"msg":"\\u001b[31;1merror:\\u001b[0m hash mismatch","raw_msg":"hash mismatch"}`,
    "@nix {broken",
    `@nix {"action":"unknown"}`,
    "",
  ]);
  expect(messages).toEqual([
    "warning: warning: slow",
    "other: Connection to host closed by remote host.",
    "error: error: hash mismatch",
    "other: @nix {broken",
  ]);
  expect(log.unfinished).toEqual([library]);
});
