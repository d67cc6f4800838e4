import { randomUUID } from "node:crypto";
import type { Socket } from "node:net";
import { type Content, receive, send } from "./socket.ts";

const recordSeparator = "\u001e";

/** What came of a request to the agent. */
export interface AgentResult {
  readonly exitCode: number;
  /** What the script wrote to standard output and standard error, in its order. */
  readonly output: string;
}

/**
 * The host's side of one agent of the live system (`image/agent`): one request at a time over a virtio-serial port.
 */
export class Agent {
  readonly #socket: Socket;
  readonly #received: AsyncIterator<string, never>;
  #pending = "";

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#received = receive(socket);
  }

  /** Resolves once the agent listens. */
  async ready(): Promise<void> {
    while (!this.#pending.includes("ready\n")) await this.#receive();
    this.#pending = "";
  }

  /**
   * Runs a shell script in `/root`, with nothing on standard input.
   *
   * @param onOutput Called with each piece of output as it arrives.
   * @throws PortClosedError if the guest or QEMU closes the port before the script has ended
   */
  async run(script: string, onOutput?: (text: string) => void): Promise<AgentResult> {
    const id = randomUUID();
    const bytes = Buffer.from(script);
    await send(this.#socket, [Buffer.from(`run ${id} ${bytes.length}\n`), bytes]);
    return await this.#result(id, onOutput);
  }

  /** Writes a file of the guest. @param size of the content in bytes */
  async put(path: string, content: Content, size: number): Promise<AgentResult> {
    const id = randomUUID();
    await send(this.#socket, [Buffer.from(`put ${id} ${size} ${path}\n`)]);
    await send(this.#socket, content);
    return await this.#result(id);
  }

  async #result(id: string, onOutput?: (text: string) => void): Promise<AgentResult> {
    const mark = `${recordSeparator}${id} `;
    let output = "";
    const take = (length: number) => {
      const text = this.#pending.slice(0, length);
      this.#pending = this.#pending.slice(length);
      output += text;
      if (text !== "") onOutput?.(text);
    };
    for (;;) {
      const separator = this.#pending.indexOf(mark);
      const end = separator === -1 ? -1 : this.#pending.indexOf("\n", separator);
      if (end !== -1) {
        const exitCode = Number(this.#pending.slice(separator + mark.length, end));
        take(separator);
        this.#pending = this.#pending.slice(end - separator + 1);
        return { exitCode, output };
      }
      // The mark may be arriving in pieces: what could be its beginning is not output yet.
      const possible = this.#pending.lastIndexOf(recordSeparator);
      const isOutput = possible === -1 || this.#pending.length - possible > mark.length + 8;
      take(isOutput ? this.#pending.length : possible);
      await this.#receive();
    }
  }

  async #receive(): Promise<void> {
    const { value } = await this.#received.next();
    this.#pending += value;
  }
}
