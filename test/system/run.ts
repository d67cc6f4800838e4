import { lines, spawnBound } from "../support/process.ts";
import { fixtureDirectory } from "./paths.ts";

/** Takes a line of progress. */
export type Progress = (line: string) => void;

const shownLines = 40;

/**
 * Runs a command, reports what it prints on standard error line by line, and gives what it prints on standard output.
 *
 * @param task What the command is for, to start the error with.
 * @throws Error with the command's last lines.
 */
export async function run(
  task: string,
  argv: readonly string[],
  progress?: Progress,
): Promise<string> {
  const child = spawnBound(argv, fixtureDirectory);
  const last: string[] = [];
  const report = async () => {
    for await (const line of lines(child.stderr)) {
      progress?.(line);
      last.push(line);
      if (last.length > shownLines) last.shift();
    }
  };
  const [output] = await Promise.all([new Response(child.stdout).text(), report()]);
  const status = await child.exited;
  if (status !== 0)
    throw new Error(`${task} ended with exit status ${status}:\n${last.join("\n")}`);
  return output;
}
