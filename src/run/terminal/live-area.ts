import type { Terminal } from "./terminal.ts";

/** Erases from the cursor to the end of the screen (ECMA-48: ED). */
const eraseBelow = "\x1b[J";

/**
 * The last lines on a terminal, which are drawn over again. The cursor stays at the end of the last one.
 *
 * Where the terminal has become narrower since they were drawn, they fill more rows than there are lines, for
 * terminals wrap again what they show (VTE, kitty, foot, tmux, screen and others; xterm cuts it instead). All is erased
 * before it is drawn: a line that is only written over stays, for them, wrapped together with the next one.
 */
export class LiveArea {
  readonly #terminal: Terminal;
  /** Columns of each line on the screen. */
  #widths: readonly number[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** @param lines Each must fit the width of the terminal, and all of them its height. */
  draw(lines: readonly string[]): void {
    this.#terminal.write(`${this.#toStart()}${eraseBelow}${lines.join("\n")}`);
    this.#widths = lines.map((line) => Bun.stringWidth(line));
  }

  erase(): void {
    if (this.#widths.length > 0) this.#terminal.write(`${this.#toStart()}${eraseBelow}`);
    this.#widths = [];
  }

  #toStart(): string {
    const columns = this.#terminal.columns();
    const rows = this.#widths.reduce(
      (sum, width) => sum + Math.max(1, Math.ceil(width / columns)),
      0,
    );
    return rows > 1 ? `\r\x1b[${rows - 1}A` : "\r";
  }
}
