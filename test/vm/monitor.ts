import type { Socket } from "node:net";
import { lines } from "../support/process.ts";

/** A message of the QEMU machine protocol: a greeting, an answer or an event. */
interface Message {
  readonly return?: unknown;
  readonly error?: { readonly desc: string };
  readonly event?: string;
  readonly data?: { readonly reason?: string };
}

/** The control of a running QEMU, over its machine protocol (QMP, docs/interop/qmp-spec.txt of QEMU). */
export class Monitor {
  readonly #socket: Socket;
  readonly #answers: ((message: Message) => void)[] = [];
  /** Resolves when QEMU has closed its end. */
  readonly closed: Promise<void>;
  #shutdownReason: string | undefined;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.closed = this.#read().catch(() => undefined);
  }

  /** Takes the greeting, after which commands are accepted. */
  static async connect(socket: Socket): Promise<Monitor> {
    const monitor = new Monitor(socket);
    await monitor.execute("qmp_capabilities");
    return monitor;
  }

  /**
   * Why the machine stopped, as QEMU's SHUTDOWN event tells it: "guest-shutdown", "guest-reset", "guest-panic",
   * "host-qmp-quit", …; undefined as long as it runs, or if QEMU was killed.
   */
  get shutdownReason(): string | undefined {
    return this.#shutdownReason;
  }

  /** Runs a command and returns its value. @throws Error with QEMU's description if it fails */
  async execute(
    command: string,
    parameters: Readonly<Record<string, unknown>> = {},
  ): Promise<unknown> {
    const { promise, resolve } = Promise.withResolvers<Message>();
    this.#answers.push(resolve);
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: parameters })}\n`);
    const answer = await Promise.race([promise, this.closed]);
    if (!answer) throw new Error(`QEMU ended before it answered ${command}`);
    if (answer.error) throw new Error(`QEMU refused ${command}: ${answer.error.desc}`);
    return answer.return;
  }

  async #read(): Promise<void> {
    for await (const line of lines(this.#socket)) {
      // The protocol's own grammar: one JSON object a line, of one of the three kinds.
      const message = JSON.parse(line) as Message;
      if (message.event === "SHUTDOWN") this.#shutdownReason = message.data?.reason;
      if ("return" in message || "error" in message) this.#answers.shift()?.(message);
    }
  }
}
