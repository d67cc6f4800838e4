/** A child that does not outlive the test; what it writes to its pipes is the caller's to read. */
export type BoundProcess = Bun.Subprocess<"ignore", "pipe", "pipe">;

/**
 * Starts a program that the kernel kills when this process ends, however it ends (`prctl(2)`, PR_SET_PDEATHSIG).
 *
 * @param argv The program, found in PATH, and its arguments.
 * @param directory Its working directory.
 */
export function spawnBound(argv: readonly string[], directory: string): BoundProcess {
  return Bun.spawn(["setpriv", "--pdeathsig", "KILL", ...argv], {
    cwd: directory,
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

/**
 * What a program whose output goes to pipes writes, and how it ends.
 *
 * @param child A process that was started with `stdout` and `stderr` as pipes that nobody else reads.
 */
export async function outcomeOf(
  child: Bun.Subprocess<Bun.SpawnOptions.Writable, "pipe", "pipe">,
): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }> {
  const [stdout, stderr, exitCode] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { exitCode, stdout, stderr };
}

/** The lines of a stream of bytes as they arrive, without their line ends; the last one may lack its own. */
export async function* lines(stream: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
