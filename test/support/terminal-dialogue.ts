/** A program on a terminal of its own, and somebody who reads and types. */
export class TerminalDialogue implements AsyncDisposable {
  readonly #decoder = new TextDecoder();
  #shown = "";
  #changed = Promise.withResolvers<void>();
  readonly #child: Bun.Subprocess;

  constructor(
    argv: readonly string[],
    environment: Readonly<Record<string, string>> = {},
    columns = 80,
  ) {
    this.#child = Bun.spawn([...argv], {
      env: { ...process.env, ...environment },
      terminal: {
        cols: columns,
        rows: 24,
        data: (_, bytes) => {
          this.#shown += this.#decoder.decode(bytes, { stream: true });
          this.#changed.resolve();
        },
      },
    });
  }

  /** Everything the terminal has shown. */
  get shown(): string {
    return this.#shown;
  }

  /** The exit code, once the program has ended. */
  get exited(): Promise<number> {
    return this.#child.exited;
  }

  /** Waits until the terminal has shown a text so many times. @throws {Error} when the program ends before. */
  async shows(text: string, times = 1): Promise<void> {
    const isShown = () => this.#shown.split(text).length > times;
    const ended = this.#child.exited.then(() => "ended" as const);
    while (!isShown()) {
      const event = await Promise.race([this.#changed.promise, ended]);
      this.#changed = Promise.withResolvers();
      if (event === "ended" && !isShown()) throw new Error(`not shown: ${text}\n${this.#shown}`);
    }
  }

  type(text: string): void {
    this.#child.terminal?.write(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.exited;
    this.#child.terminal?.close();
  }
}
