import { closeSync, createReadStream } from "node:fs";
import { finished } from "node:stream/promises";
import { pipe } from "../linux/pipe.ts";

/** How long output is waited for once the command itself has ended, in milliseconds. */
const lingerMilliseconds = 2000;

/** A pipe that collects what a command prints, on standard output and standard error, in order. */
export class OutputPipe {
  readonly #readEnd: number;
  readonly #writeEnd: number;
  readonly #chunks: Buffer[] = [];
  #end: Promise<void> | undefined;

  constructor() {
    const { readEnd, writeEnd } = pipe();
    this.#readEnd = readEnd;
    this.#writeEnd = writeEnd;
  }

  /** What the command gets as its descriptor. execa's types name only 3 to 9, but it takes any. */
  get writeEnd(): 3 {
    return this.#writeEnd as 3;
  }

  /** Begins to read, and gives up this process's own write end: to be called when the command has it. */
  start(): void {
    closeSync(this.#writeEnd);
    const stream = createReadStream("", { fd: this.#readEnd });
    stream.on("data", (chunk) => this.#chunks.push(Buffer.from(chunk)));
    this.#end = finished(stream);
  }

  /**
   * Everything that was printed, once the command has ended. A daemon it left behind may hold the pipe open for as long
   * as it lives; what that one prints later is not waited for.
   */
  async text(): Promise<string> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, lingerMilliseconds);
    try {
      await Promise.race([this.#end, late]);
    } finally {
      clearTimeout(timer);
    }
    return Buffer.concat(this.#chunks).toString();
  }
}
