import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { execa } from "execa";
import { errorMessage, type FailureReason, InstallerError } from "../errors.ts";
import { MemoryFile } from "../linux/memory-file.ts";
import { observeCommand } from "./command-observer.ts";
import { OutputPipe } from "./output-pipe.ts";
import { ProcessGroupGuard } from "./process-group.ts";

/** How a command is run. */
export interface CommandOptions {
  /** Bytes or text for standard input; without it standard input is empty. Secrets go this way, never in `argv`. */
  readonly input?: string | Uint8Array;
  /**
   * Bytes that the child reads as files, for programs that take more than one secret: the first is
   * `/proc/self/fd/3`, the next `/proc/self/fd/4`, and so on. They are in memory only.
   */
  readonly memoryFiles?: readonly Uint8Array[];
  /** The whole environment of the child; nothing is inherited. Default: {@link defaultEnvironment}. */
  readonly environment?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** After this many seconds the command is killed and the call fails. Default: no limit. */
  readonly timeoutSeconds?: number;
  /** Exit codes that are no failure. Default: `[0]`. */
  readonly allowedExitCodes?: readonly number[];
  /** The exit reason when the command fails. Default: `disk`. */
  readonly reason?: FailureReason;
  /** The object of the manifest the command works on, for the error. */
  readonly object?: string;
  /**
   * Gives the child one pipe as standard output and error instead of two sockets, for scripts that reopen
   * `/dev/stdout` or `/dev/stderr`. What it prints is then in `stdout`, in the order it was printed.
   */
  readonly mergeOutput?: boolean;
  /** Gets each line of standard error as it comes, for programs that tell there how far they are; `stderr` is then empty. */
  readonly onErrorLine?: (line: string) => void;
  /** Gets standard output as it comes, for what is no text; `stdout` is then empty. Must not throw. */
  readonly onOutput?: (chunk: Uint8Array) => void;
}

/** What a command left behind. */
export interface CommandResult {
  readonly argv: readonly string[];
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that could not be started, was killed, or ended with an exit code that was not allowed. */
export class CommandError extends InstallerError {
  readonly argv: readonly string[];
  /** Its exit status; `undefined` when it did not end by itself. */
  readonly status: number | undefined;
  /** The signal that ended it, if one did. */
  readonly signal: string | undefined;
  /** The last lines it printed, standard error first. */
  readonly output: string;

  constructor(
    argv: readonly string[],
    failure: {
      readonly message: string;
      readonly status?: number | undefined;
      readonly signal?: string | undefined;
      readonly output: string;
      readonly cause?: unknown;
    },
    options: CommandOptions,
  ) {
    super(options.reason ?? "disk", failure.message, {
      cause: failure.cause,
      ...(options.object === undefined ? {} : { object: options.object }),
    });
    this.name = "CommandError";
    this.argv = argv;
    this.status = failure.status;
    this.signal = failure.signal;
    this.output = failure.output;
  }
}

const standardPath = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
  "/run/current-system/sw/bin",
];

/**
 * The directories commands are looked up in: the live system's `PATH`, the standard directories, and those of a NixOS
 * live system.
 */
export function searchPath(): readonly string[] {
  const inherited = (process.env.PATH ?? "").split(":").filter((entry) => entry.startsWith("/"));
  return [...new Set([...inherited, ...standardPath])];
}

/**
 * The environment commands get unless they name their own: a search path and the C locale. The installer may have a root
 * of its own (src/linux/private-root.ts), which udevadm must not take for a chroot: it would not settle.
 */
function defaultEnvironment(): Record<string, string> {
  return {
    PATH: searchPath().join(":"),
    LC_ALL: "C",
    HOME: "/root",
    SYSTEMD_IGNORE_CHROOT: "1",
  };
}

/** An argument as a user could type it: quoted for a POSIX shell where needed. */
export function quoteArgument(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command as a user could type it, each argument quoted for a POSIX shell where needed. */
export function formatCommand(argv: readonly string[]): string {
  return argv.map(quoteArgument).join(" ");
}

const outputLines = 20;

/** The lines of what a program printed on each of its outputs. */
function lines(...texts: readonly string[]): string[] {
  return texts.flatMap((text) => (text.trimEnd() === "" ? [] : text.trimEnd().split("\n")));
}

/** What was wrong about how a program ended, as a sentence, or `undefined` when nothing was. */
function failureOf(
  program: string,
  ended: {
    readonly exitCode?: number | undefined;
    readonly signal?: string | undefined;
    readonly originalMessage?: string | undefined;
  },
  allowedExitCodes: readonly number[],
): string | undefined {
  if (ended.signal !== undefined) return `${program} was ended by ${ended.signal}`;
  if (ended.exitCode === undefined) {
    return `${program} could not be started: ${ended.originalMessage ?? "unknown cause"}`;
  }
  if (allowedExitCodes.includes(ended.exitCode)) return undefined;
  return `${program} ended with exit status ${ended.exitCode}`;
}

/** Starts a program; Bun throws, instead of rejecting, for a file that the kernel cannot execute. */
function start(argv: readonly string[], options: CommandOptions, output: OutputPipe | undefined) {
  const [program = "", ...rest] = argv;
  const outputEnd = output?.writeEnd ?? "pipe";
  using stack = new DisposableStack();
  const files = (options.memoryFiles ?? []).map((bytes) => stack.use(new MemoryFile(bytes)));
  try {
    return execa(program, rest, {
      ...(options.input === undefined ? {} : { input: options.input }),
      stdio: [
        options.input === undefined ? "ignore" : "pipe",
        outputEnd,
        outputEnd,
        ...files.map(({ descriptor }) => descriptor),
      ],
      env: options.environment ?? defaultEnvironment(),
      extendEnv: false,
      detached: true,
      reject: false,
      stripFinalNewline: false,
      buffer: {
        stdout: options.onOutput === undefined,
        stderr: options.onErrorLine === undefined,
      },
    });
  } catch (cause) {
    const message = `${program} could not be started: ${errorMessage(cause)}`;
    throw new CommandError(argv, { message, output: "", cause }, options);
  }
}

/** Gives on each line of a stream as it comes. */
async function tellLines(
  stream: Readable | null,
  onLine: ((line: string) => void) | undefined,
): Promise<void> {
  if (stream === null || onLine === undefined) return;
  for await (const line of createInterface({ input: stream, crlfDelay: Infinity })) onLine(line);
}

/** Gives on the pieces of a stream as they come. */
async function tellPieces(
  stream: Readable | null,
  onPiece: ((chunk: Uint8Array) => void) | undefined,
): Promise<void> {
  if (stream === null || onPiece === undefined) return;
  for await (const chunk of stream) onPiece(chunk);
}

/**
 * Runs a program without a shell and waits for it. The child leads a process group of its own, which is killed as a
 * whole on abort and time-out, so that no grandchild survives.
 *
 * @throws {CommandError} when the program is missing, is killed, or ends with an exit code that is not allowed.
 *
 * @example
 * ```ts
 * const { stdout } = await exec(["blkid", "-o", "export", "/dev/vda1"], { allowedExitCodes: [0, 2] });
 * ```
 */
export async function exec(
  argv: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const [program] = argv;
  if (program === undefined) throw new InstallerError("bug", "exec was given no program to run");
  options.signal?.throwIfAborted();
  const ended = observeCommand(formatCommand(argv));
  try {
    const result = await run(program, argv, options);
    ended?.(`exit status ${result.exitCode}`, lines(result.stdout, result.stderr));
    return result;
  } catch (error) {
    const output = error instanceof CommandError ? lines(error.output) : [];
    ended?.(errorMessage(error), output);
    throw error;
  }
}

async function run(
  program: string,
  argv: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  const output = options.mergeOutput ? new OutputPipe() : undefined;
  const child = start(argv, options, output);
  output?.start();
  using guard = new ProcessGroupGuard(child.pid, options);
  const told = Promise.all([
    tellLines(child.stderr, options.onErrorLine),
    tellPieces(child.stdout, options.onOutput),
  ]);
  const ended = await child;
  // Of a program that could not be started, the streams never end.
  if (child.pid !== undefined) await told;
  options.signal?.throwIfAborted();
  const stdout = (await output?.text()) ?? ended.stdout ?? "";
  const stderr = ended.stderr ?? "";
  const message = guard.timedOut
    ? `${program} did not end within ${options.timeoutSeconds} s and was killed`
    : failureOf(program, ended, options.allowedExitCodes ?? [0]);
  const { exitCode } = ended;
  if (message === undefined && exitCode !== undefined) return { argv, exitCode, stdout, stderr };
  throw new CommandError(
    argv,
    {
      message: message ?? `${program} did not end`,
      status: exitCode,
      signal: ended.signal,
      output: lines(stdout, stderr).slice(-outputLines).join("\n"),
    },
    options,
  );
}
