import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { measureCommand } from "../../bench/process-tree.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";

setDefaultTimeout(60_000);

const burn = "my $n = 0; for (1..6_000_000) { $n += $_ }";
const fill = 'my $bytes = "x"; $bytes x= 100_000_000;';

/** What `/usr/bin/time -v` wrote to standard error. */
function timeReport(stderr: string): { cpu: number; memory: number } {
  const value = (name: string) => Number(new RegExp(`${name}.*: ([\\d.]+)`).exec(stderr)?.[1]);
  return {
    cpu: value("User time") + value("System time"),
    memory: value("Maximum resident set size") * 1024,
  };
}

test("says of one process what time(1) says of it", async () => {
  const measured = await measureCommand(["/usr/bin/time", "-v", "perl", "-e", `${fill} ${burn}`]);
  const report = timeReport(measured.stderr);
  expect(report.memory).toBeGreaterThan(100e6);
  expect(measured.peakMemory / report.memory).toBeWithin(0.97, 1.03);
  expect(measured.peakMemoryBound / report.memory).toBeWithin(0.97, 1.03);
  expect(measured.user + measured.system).toBeWithin(report.cpu - 0.02, report.cpu + 0.05);
  expect(measured.seconds).toBeGreaterThan(measured.user * 0.9);
});

test("adds up the CPU and the memory of a pipeline", async () => {
  const program = `perl -e '${fill} ${burn} sleep 1'`;
  const measured = await measureCommand([
    "/usr/bin/time",
    "-v",
    "sh",
    "-c",
    `${program} | ${program}`,
  ]);
  const report = timeReport(measured.stderr);
  expect(measured.user + measured.system).toBeWithin(report.cpu - 0.02, report.cpu + 0.05);
  expect(measured.peakMemory / report.memory).toBeWithin(1.9, 2.05);
});

test("counts the pages that a fork shares once", async () => {
  const one = await measureCommand(["perl", "-e", `${fill} sleep 1`]);
  const forked = await measureCommand(["perl", "-e", `${fill} fork; sleep 1; wait`]);
  expect(forked.peakMemory / one.peakMemory).toBeWithin(0.97, 1.05);
  expect(forked.peakMemoryBound / one.peakMemory).toBeWithin(1.9, 2.1);
});

test("counts the CPU of a process whose parent has ended", async () => {
  const orphan = `(perl -e '${burn}' >&- 2>&- & echo $!)`;
  const waiting = `pid=$( ${orphan} ); while kill -0 $pid; do sleep 0.05; done 2>/dev/null`;
  const alone = await measureCommand(["perl", "-e", burn]);
  const measured = await measureCommand(["sh", "-c", waiting]);
  expect(measured.user).toBeGreaterThan(alone.user * 0.6);
});

test("kills what a program leaves behind, and says so", async () => {
  const measured = await measureCommand(["sh", "-c", "sleep 1000 & echo $!; exit 3"]);
  expect(measured.exitCode).toBe(3);
  expect(measured.leftBehind).toBe(1);
  expect(() => process.kill(Number(measured.stdout), 0)).toThrow("ESRCH");
});

test("gives the program its input, directory and environment, and its output to the caller", async () => {
  await using scratch = await scratchDirectory("process-tree");
  const argv = ["sh", "-c", 'cat; pwd; echo "$WORD" >&2; kill -TERM $$'];
  const options = { cwd: scratch.path, env: { PATH: process.env.PATH, WORD: "word" } };
  const measured = await measureCommand(argv, { ...options, stdin: "input\n" });
  expect(measured.stdout).toBe(`input\n${scratch.path}\n`);
  expect(measured.stderr).toBe("word\n");
  expect(measured.exitCode).toBe(143);
});

test("kills the whole tree when it is aborted", async () => {
  await using scratch = await scratchDirectory("process-tree");
  const file = join(scratch.path, "pid");
  const stop = new AbortController();
  const measuring = measureCommand(
    ["sh", "-c", `(sleep 1000 & echo $! >${file}.new; mv ${file}.new ${file}; wait); true`],
    {
      signal: stop.signal,
    },
  );
  while (!(await Bun.file(file).exists())) await Bun.sleep(5);
  stop.abort(new Error("enough"));
  expect((await rejection(measuring)).message).toBe("enough");
  const pid = Number(await Bun.file(file).text());
  expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

test("says why a program was not measured", async () => {
  const error = await rejection(measureCommand(["/no/such/program"]));
  expect(error.message).toContain("/no/such/program was not measured");
  expect(error.message).toContain("ENOENT");
});
