import { join } from "node:path";
import { buildDirectory } from "../support/scratch.ts";
import type { Agent, AgentResult } from "./agent.ts";
import { within } from "./deadline.ts";
import type { LoginConsole } from "./login-console.ts";
import type { Qemu } from "./qemu.ts";
import { type Content, PortClosedError } from "./socket.ts";
import { LineFollower, shellQuote } from "./text.ts";

/** How many things the live system can be asked to do at the same time. */
export const agentCount = 3;

/** Seconds that a power-off may take. */
const powerOffDeadline = 60;

/** How a program is run in the live system. */
export interface RunOptions {
  /** Seconds, 60 unless given. */
  readonly timeout?: number;
  /** Called with each line of output as it arrives. */
  readonly onLine?: (line: string) => void;
}

/** How the installer is run. */
export interface InstallOptions extends RunOptions {
  /** The manifest's text, or the http(s) address it is fetched from. */
  readonly manifest: string;
  /** A shell command whose output is the installer's standard input: `"curl -sSL http://10.0.2.2:8080/nix.tar.xz"`. */
  readonly stdin?: string;
  /** Further arguments. */
  readonly arguments?: readonly string[];
  /** Environment variables, added to those of the live system. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The installer on the host; `dist/installer` unless given. */
  readonly installer?: string;
  /** Kills the installer with SIGKILL as soon as it has printed this; without standard input. */
  readonly killedAt?: string;
}

/** What came of an install. */
export interface InstallResult {
  /** Undefined if the machine stopped before the installer did (`[finish]` reboot or poweroff). */
  readonly exitCode: number | undefined;
  /** Standard output and standard error. */
  readonly output: string;
  /** The installer's own log; empty if there is none, or if the machine has stopped. */
  readonly log: string;
}

/** The machine has stopped while something was asked of the live system. */
class MachineEndedError extends Error {
  override readonly name = "MachineEndedError";
  /** What had come of it. */
  readonly output: string;

  constructor(message: string, output: string) {
    super(message);
    this.output = output;
  }
}

/** A running live system that does as its agents are told; nothing is typed at its console. */
export class LiveSystem {
  readonly #qemu: Qemu;
  readonly #agents: Agent[];
  #hasInstaller: string | undefined;

  private constructor(qemu: Qemu) {
    this.#qemu = qemu;
    this.#agents = [...qemu.agents];
  }

  /** Waits until its agents are. */
  static async ready(qemu: Qemu, timeout: number): Promise<LiveSystem> {
    const live = new LiveSystem(qemu);
    const ready = Promise.all(qemu.agents.map((agent) => agent.ready()));
    await live.#within(ready, timeout, "the live system to be ready", () => "");
    return live;
  }

  /** What the kernel and the first process print. */
  get console(): LoginConsole {
    return this.#qemu.console;
  }

  /**
   * Runs a shell script, or a program with its arguments, as root in `/root`, its standard input empty. Up to three can
   * run at the same time.
   *
   * @throws DeadlineError, MachineEndedError; a failing program is no error
   */
  async run(script: string | readonly string[], options: RunOptions = {}): Promise<AgentResult> {
    const text = typeof script === "string" ? script : script.map(shellQuote).join(" ");
    let output = "";
    const follower = options.onLine && new LineFollower(options.onLine);
    const result = await this.#ask(
      (agent) =>
        agent.run(text, (piece) => {
          output += piece;
          follower?.write(piece);
        }),
      options.timeout ?? 60,
      `the end of: ${text}`,
      () => output,
    );
    follower?.end();
    return result;
  }

  /**
   * Copies a file of the host into the live system, where it is held in memory unless a disk is mounted there.
   *
   * @param guestPath Its directory must exist; no spaces.
   * @param mode Octal permissions, such as "755".
   */
  async copyIn(hostPath: string, guestPath: string, mode = "644"): Promise<void> {
    const file = Bun.file(hostPath);
    if (!(await file.exists())) throw new Error(`there is no file ${hostPath} to copy in`);
    await this.#put(file.stream(), file.size, guestPath, mode);
  }

  /** Writes a file of the live system. */
  async writeFile(guestPath: string, content: string | Uint8Array, mode = "644"): Promise<void> {
    const bytes = Buffer.from(content);
    await this.#put([bytes], bytes.length, guestPath, mode);
  }

  /** The text of a file of the live system. @throws Error if it cannot be read */
  async readFile(guestPath: string): Promise<string> {
    return await this.#succeed(["cat", guestPath]);
  }

  /**
   * Copies the installer in, unless it is there, and runs `./installer --manifest …` in `/root` with nobody watching.
   *
   * @param options `timeout` is 600 s unless given.
   * @throws DeadlineError; an install that fails or that reboots the machine is no error
   */
  async install(options: InstallOptions): Promise<InstallResult> {
    const installer = options.installer ?? join(buildDirectory, "..", "dist", "installer");
    if (this.#hasInstaller !== installer) {
      await this.copyIn(installer, "/root/installer", "755");
      this.#hasInstaller = installer;
    }
    const isAddress = /^https?:\/\//.test(options.manifest);
    if (!isAddress) await this.writeFile("/root/host.toml", options.manifest);
    const manifest = isAddress ? options.manifest : "host.toml";
    const variables = Object.entries(options.environment ?? {}).map(
      ([key, value]) => `${key}=${value}`,
    );
    const environment = variables.length === 0 ? [] : ["env", ...variables];
    const installerArguments = ["--manifest", manifest, ...(options.arguments ?? [])];
    const argv = [...environment, "./installer", ...installerArguments];
    const command = argv.map(shellQuote).join(" ");
    const piped = options.stdin === undefined ? command : `${options.stdin} | ${command}`;
    const { killedAt } = options;
    const script = killedAt === undefined ? piped : killedScript(command, killedAt);
    const { exitCode, output } = await this.#unlessEnded<Omit<InstallResult, "log">>(
      this.run(script, { timeout: 600, ...options }),
      (seen) => ({ exitCode: undefined, output: seen }),
    );
    const log = await this.#unlessEnded(exitCode === undefined ? "" : this.#installLog(), () => "");
    return { exitCode, output, log };
  }

  /** Writes everything out, unmounts and switches off; resolves when the machine is off. */
  async powerOff(): Promise<void> {
    const asked = this.run(["poweroff"], { timeout: powerOffDeadline });
    asked.catch(() => undefined);
    await this.ended({ timeout: powerOffDeadline });
  }

  /** Pulls the plug: what the live system has not written to its disks is lost. */
  async powerCut(): Promise<void> {
    await this.#qemu[Symbol.asyncDispose]();
  }

  /** Waits until the machine has stopped of itself, for 60 seconds unless given; returns the reason in words. */
  async ended({ timeout = 60 }: { timeout?: number } = {}): Promise<string> {
    return await within(this.#qemu.ended, timeout, () =>
      this.console.describe("the machine did not stop"),
    );
  }

  async #put(content: Content, size: number, guestPath: string, mode: string): Promise<void> {
    const what = `${guestPath} (${size} bytes) to be copied`;
    const ask = (agent: Agent) => agent.put(guestPath, content, size);
    const { exitCode, output } = await this.#ask(ask, 120, what, () => "");
    if (exitCode !== 0) throw new Error(`${guestPath} could not be written: ${output}`);
    await this.#succeed(["chmod", mode, guestPath]);
  }

  async #succeed(argv: readonly string[]): Promise<string> {
    const { exitCode, output } = await this.run(argv);
    if (exitCode !== 0) {
      throw new Error(`${argv.join(" ")} ended with exit code ${exitCode}: ${output}`);
    }
    return output;
  }

  /** What a promise gives, or something else once the machine has stopped. @param otherwise Gets what had come of it. */
  async #unlessEnded<T>(promise: T | Promise<T>, otherwise: (seen: string) => T): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      if (!(error instanceof MachineEndedError)) throw error;
      return otherwise(error.output);
    }
  }

  async #installLog(): Promise<string> {
    const { output } = await this.run(`for log in /var/log /run /tmp; do
      [ -f $log/landfall.log ] && cat $log/landfall.log && break
    done`);
    return output;
  }

  /** An agent that has failed to answer is not asked again. */
  async #ask(
    request: (agent: Agent) => Promise<AgentResult>,
    timeout: number,
    what: string,
    output: () => string,
  ): Promise<AgentResult> {
    const agent = this.#agents.shift();
    if (!agent) throw new Error(`the live system already does ${agentCount} things at a time`);
    const result = await this.#within(request(agent), timeout, what, output);
    this.#agents.push(agent);
    return result;
  }

  async #within<T>(
    promise: Promise<T>,
    timeout: number,
    what: string,
    output: () => string,
  ): Promise<T> {
    const seen = () => {
      const last = output().trimEnd().split("\n").slice(-20).join("\n  > ");
      return last === "" ? "" : `\nIts last output:\n  > ${last}\n`;
    };
    const ended = this.#qemu.ended.then((reason) => {
      const message = this.console.describe(`Waited for ${what}, but ${reason}${seen()}`);
      throw new MachineEndedError(message, output());
    });
    // The ports close a moment before the machine has stopped.
    const answered = promise.catch((error: unknown) => {
      if (error instanceof PortClosedError) return ended;
      throw error;
    });
    return await within(Promise.race([answered, ended]), timeout, () =>
      this.console.describe(`waited for ${what}${seen()}`),
    );
  }
}

/** A script that kills a command once it has printed a text, and tells what it printed. */
function killedScript(command: string, text: string): string {
  const output = "/root/killed.log";
  return `${command} > ${output} 2>&1 &
    process=$!
    until grep -qF ${shellQuote(text)} ${output}; do
      kill -0 $process || break
      sleep 0.1
    done
    kill -KILL $process
    wait $process
    status=$?
    cat ${output}
    exit $status`;
}
