import { type BoundProcess, lines, spawnBound } from "../support/process.ts";
import { Agent } from "./agent.ts";
import { within } from "./deadline.ts";
import { LoginConsole } from "./login-console.ts";
import { Monitor } from "./monitor.ts";
import { commandLine, type QemuOptions } from "./qemu-options.ts";
import { type Listener, listen } from "./socket.ts";

/** Seconds that QEMU has to start and to connect to its sockets. */
const startDeadline = 30;

/** A running QEMU; it ends with this process, and at the latest when it is disposed. */
export class Qemu implements AsyncDisposable {
  readonly #process: BoundProcess;
  readonly console: LoginConsole;
  readonly monitor: Monitor;
  readonly agents: readonly Agent[];

  private constructor(
    child: BoundProcess,
    console: LoginConsole,
    monitor: Monitor,
    agents: readonly Agent[],
  ) {
    this.#process = child;
    this.console = console;
    this.monitor = monitor;
    this.agents = agents;
  }

  /** Switches the machine on. @throws Error with QEMU's own message if it does not start */
  static async start(options: QemuOptions): Promise<Qemu> {
    const agentNames = Array.from({ length: options.live?.agents ?? 0 }, (_, n) => `agent${n}`);
    const listeners = new Map<string, Listener>();
    for (const name of ["console", "monitor", ...agentNames]) {
      listeners.set(name, await listen(options.directory, name));
    }
    const socket = (name: string) => {
      const listener = listeners.get(name);
      if (!listener) throw new Error(`no socket is called ${name}`);
      return listener.socket;
    };
    const child = spawnBound(commandLine(options, agentNames), options.directory);
    const messages: string[] = [];
    const stderr = collect(child, messages);
    try {
      const failed = child.exited.then(async (exitCode) => {
        await stderr;
        throw new Error(`QEMU ended with exit code ${exitCode}:\n${messages.join("\n")}`);
      });
      const connected = Promise.all([
        socket("console"),
        socket("monitor").then((monitor) => Monitor.connect(monitor)),
        Promise.all(agentNames.map(async (name) => new Agent(await socket(name)))),
      ]);
      const [consoleSocket, monitor, agents] = await within(
        Promise.race([connected, failed]),
        startDeadline,
        () => `QEMU did not connect to its sockets:\n${messages.join("\n")}`,
      );
      const stopped = Promise.all([child.exited, stderr, monitor.closed]).then(([exitCode]) => {
        const reason = monitor.shutdownReason ?? `QEMU ended with exit code ${exitCode}`;
        return [`the machine has stopped (${reason})`, ...messages].join("\n");
      });
      const { logPath, onConsoleLine } = options;
      const console = new LoginConsole(consoleSocket, logPath, stopped, onConsoleLine);
      await monitor.execute("cont");
      return new Qemu(child, console, monitor, agents);
    } catch (error) {
      child.kill("SIGKILL");
      await child.exited;
      throw error;
    } finally {
      for (const listener of listeners.values()) listener.close();
    }
  }

  /** Resolves when the machine has stopped; the reason in words. */
  get ended(): Promise<string> {
    return this.console.ended;
  }

  /** Whether the machine has not stopped yet. */
  get isRunning(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Switches the machine off as a power cut does: what the guest has not written is lost. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.ended;
  }
}

async function collect(child: BoundProcess, messages: string[]): Promise<void> {
  for await (const line of lines(child.stderr)) messages.push(line);
}
