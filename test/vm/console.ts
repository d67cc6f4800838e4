import { closeSync, openSync, writeSync } from "node:fs";
import type { Socket } from "node:net";
import { DeadlineError, within } from "./deadline.ts";

/** One line of a console and when it was complete: seconds since the machine was switched on. */
export interface ConsoleLine {
  readonly seconds: number;
  readonly text: string;
}

const escapeCharacter = "\u001b";

/** The longest control sequence that is waited for when it comes in two pieces. */
const longestEscape = 32;

/** How soon a prompt that has taken its answer ends its line. */
const secondsUntilTaken = 2;

/** How soon an answer has been tried; opening LUKS takes its time on purpose. */
const secondsUntilAccepted = 20;

/** How long the text may grow before what was already matched is forgotten, in UTF-16 code units. */
const longestHistory = 4 << 20;

/**
 * The machine's serial console: everything it prints goes to a log file, line by line with timestamps, and is matched
 * against what is expected, without terminal control sequences and carriage returns.
 */
export class Console {
  readonly logPath: string;
  /** Resolves, when the machine has stopped and all it printed is in the log, with the reason in words. */
  readonly ended: Promise<string>;
  readonly #socket: Socket;
  readonly #onLine: ((line: ConsoleLine) => void) | undefined;
  readonly #switchedOn = performance.now();
  readonly #log: number;
  readonly #decoder = new TextDecoder();
  #escapeBegun = "";
  #text = "";
  #matchedTo = 0;
  #lineStart = 0;
  #changed = Promise.withResolvers<void>();
  #isOpen = true;

  /**
   * @param stopped Resolves, when the machine has stopped, with the reason.
   * @param onLine Called with each complete line.
   */
  constructor(
    socket: Socket,
    logPath: string,
    stopped: Promise<string>,
    onLine?: (line: ConsoleLine) => void,
  ) {
    this.logPath = logPath;
    this.#socket = socket;
    this.#onLine = onLine;
    this.#log = openSync(logPath, "w");
    socket.on("data", (chunk) => this.#receive(Buffer.from(chunk)));
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.ended = Promise.all([stopped, closed]).then(([reason]) => reason);
    socket.once("close", () => {
      if (this.#lineStart < this.#text.length) this.#receive(Buffer.from("\n"));
      closeSync(this.#log);
      this.#isOpen = false;
      resolve();
    });
    socket.resume();
  }

  /**
   * Waits until the pattern matches what the console printed after the previous match; an unfinished line counts.
   *
   * @returns The match; what stands before it is forgotten.
   * @throws DeadlineError if it does not within `timeout` seconds (60), or never can because the machine has ended;
   * the message names the pattern, the console's last lines and its log.
   */
  async expect(
    pattern: RegExp,
    { timeout = 60 }: { timeout?: number } = {},
  ): Promise<RegExpExecArray> {
    const flags = pattern.flags.replaceAll(/[gy]/g, "");
    const abandoned = new AbortController();
    const found = this.#match(new RegExp(pattern.source, `${flags}g`), abandoned.signal);
    const ended = this.ended.then((reason) => {
      throw new DeadlineError(this.describe(`${pattern} cannot appear: ${reason}`));
    });
    try {
      return await within(Promise.race([found, ended]), timeout, () =>
        this.describe(`${pattern} did not appear`),
      );
    } finally {
      abandoned.abort();
    }
  }

  /**
   * Answers a prompt that does not echo, such as that for a passphrase, and waits for what comes after it.
   *
   * What is typed just after the prompt has appeared may be thrown away, because programs print it before they turn the
   * echo off, and empty the input when they do. So the answer is typed again until the prompt's line ends without an
   * echo, and whenever the prompt comes back or nothing happens.
   *
   * @param after What the console prints once the answer was accepted.
   * @throws DeadlineError if that has not appeared after `timeout` seconds (120)
   */
  async answer(
    prompt: RegExp,
    text: string,
    after: RegExp,
    { timeout = 120 }: { timeout?: number } = {},
  ): Promise<void> {
    const deadline = performance.now() + timeout * 1000;
    const left = () => (deadline - performance.now()) / 1000;
    await this.expect(prompt, { timeout });
    const answered = new RegExp(`(?<prompt>${prompt.source})|${after.source}`, after.flags);
    for (;;) {
      this.send(`${text}\n`);
      const line = await this.#expectWithin(/.*\n/, Math.min(secondsUntilTaken, left()));
      const isTaken = line !== undefined && !line[0].includes(text);
      const seconds = isTaken ? secondsUntilAccepted : 0;
      const next = await this.#expectWithin(answered, Math.min(seconds, left()));
      if (next !== undefined && next.groups?.prompt === undefined) return;
      if (left() <= 0) throw new DeadlineError(this.describe(`${after} did not appear`));
    }
  }

  /** As {@link expect}, but undefined when it does not appear in time; a machine that has stopped is an error. */
  async #expectWithin(pattern: RegExp, seconds: number): Promise<RegExpExecArray | undefined> {
    try {
      return await this.expect(pattern, { timeout: Math.max(0, seconds) });
    } catch (error) {
      if (error instanceof DeadlineError && this.#isOpen) return undefined;
      throw error;
    }
  }

  /** Types text; a line wants its `\n`. */
  send(text: string): void {
    this.#socket.write(text);
  }

  /** The last lines, the unfinished one included. */
  lastLines(count = 20): string[] {
    return this.#text.trimEnd().split("\n").slice(-count);
  }

  /** A message with the console's last lines and the place of its log. */
  describe(what: string): string {
    const last = this.lastLines().map((line) => `  | ${line}`);
    return `${what}. The console's last lines (all are in ${this.logPath}):\n${last.join("\n")}`;
  }

  async #match(pattern: RegExp, abandoned: AbortSignal): Promise<RegExpExecArray> {
    for (;;) {
      abandoned.throwIfAborted();
      pattern.lastIndex = this.#matchedTo;
      const match = pattern.exec(this.#text);
      if (match) {
        this.#matchedTo = match.index + match[0].length;
        return match;
      }
      await this.#changed.promise;
    }
  }

  #receive(chunk: Uint8Array): void {
    this.#append(this.#plain(this.#decoder.decode(chunk, { stream: true })));
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }

  /** Leaves control sequences out; one that has only begun waits for its rest. */
  #plain(received: string): string {
    let text = this.#escapeBegun + received;
    this.#escapeBegun = "";
    const last = text.lastIndexOf(escapeCharacter);
    if (last !== -1 && text.length - last < longestEscape) {
      const tail = text.slice(last);
      const isComplete = Bun.stripANSI(`${tail}~~`) === `${Bun.stripANSI(tail)}~~`;
      if (!isComplete) {
        this.#escapeBegun = tail;
        text = text.slice(0, last);
      }
    }
    return Bun.stripANSI(text).replaceAll("\r", "");
  }

  #append(text: string): void {
    this.#text += text;
    let end = this.#text.indexOf("\n", this.#lineStart);
    while (end !== -1) {
      const line: ConsoleLine = {
        seconds: (performance.now() - this.#switchedOn) / 1000,
        text: this.#text.slice(this.#lineStart, end),
      };
      writeSync(this.#log, `[${line.seconds.toFixed(3).padStart(9)}] ${line.text}\n`);
      this.#onLine?.(line);
      this.#lineStart = end + 1;
      end = this.#text.indexOf("\n", this.#lineStart);
    }
    if (this.#text.length > longestHistory) this.#forget(this.#text.length - longestHistory / 2);
  }

  #forget(length: number): void {
    const forgotten = Math.min(length, this.#lineStart);
    this.#text = this.#text.slice(forgotten);
    this.#matchedTo = Math.max(0, this.#matchedTo - forgotten);
    this.#lineStart -= forgotten;
  }
}
