import { InstallerError } from "../errors.ts";

/**
 * What the JavaScript engine is told, which it reads from the environment when the process starts. Its last compiler,
 * for what runs for minutes, takes more time here than it saves: 0.4 of 6.1 s of processor time for 1.2 GB of zstd, and
 * 4 MB of memory.
 */
const engineOptions = { BUN_JSC_useFTLJIT: "0" };

/**
 * Starts this process again with the {@link engineOptions}, unless it has been; costs 40 ms. It must be the first thing
 * that happens: standard input must not have been touched.
 */
export function ensureEngineOptions(): void {
  const isTold = Object.keys(engineOptions).every((name) => process.env[name] !== undefined);
  if (isTold) return;
  try {
    startAgain(process.execPath, {});
  } catch {
    // As in an emulator that the kernel does not know of. All it costs is time.
  }
}

/**
 * Executes the program anew in the same process: same process id, arguments, working directory and open standard input.
 *
 * @param executable What is executed: this program, by a path that is good still.
 * @param environment What the environment gets besides.
 */
export function startAgain(
  executable: string,
  environment: Readonly<Record<string, string>>,
): never {
  const compiled = Bun.main.startsWith("/$bunfs/");
  const own = compiled
    ? process.argv.slice(2)
    : [...process.execArgv, Bun.main, ...process.argv.slice(2)];
  if (process.execve === undefined) throw new InstallerError("bug", "Bun has no process.execve");
  // Bun warns on standard error that execve is experimental.
  process.emitWarning = () => undefined;
  return process.execve(executable, [executable, ...own], {
    ...engineOptions,
    ...cleanEnvironment(process.env),
    ...environment,
  });
}

/**
 * An environment without the variables that make Bun or the dynamic linker load code of somebody else's choice, for
 * this process or for the programs it starts.
 */
export function cleanEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const clean: Record<string, string> = {};
  for (const [name, value] of Object.entries(environment)) {
    if (value === undefined || /^(LD_|BUN_(OPTIONS|BE_BUN|INSPECT)|NODE_OPTIONS$)/.test(name)) {
      continue;
    }
    clean[name] = value;
  }
  return clean;
}
