/** A word of a shell command. */
export function shellQuote(text: string): string {
  return /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Makes lines of text that arrives in pieces. */
export class LineFollower {
  readonly #onLine: (line: string) => void;
  #rest = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  write(piece: string): void {
    const parts = (this.#rest + piece).split("\n");
    this.#rest = parts.pop() ?? "";
    for (const line of parts) this.#onLine(line);
  }

  /** The last line, if it lacks its end. */
  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}
