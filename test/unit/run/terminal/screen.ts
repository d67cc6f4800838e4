const escapeCharacter = String.fromCodePoint(27);

/** A control sequence, a control character, or text. */
const pieces = new RegExp(
  `${escapeCharacter}\\[[\\d;]*[A-Za-z]|[\\r\\n]|[^${escapeCharacter}\\r\\n]+`,
  "g",
);
const controlSequence = new RegExp(`^${escapeCharacter}\\[(?<count>[\\d;]*)(?<final>[A-Za-z])$`);

/** What the cursor is at: a line of text, which may fill several rows, and a place in it. */
interface Cursor {
  line: number;
  offset: number;
}

/**
 * What a terminal shows that wraps its lines anew when its width changes, as tmux and most others do. It knows what the
 * installer sends: text, line breaks, carriage returns, and of ECMA-48 CUU, ED, EL and SGR. Colours are not kept.
 */
export class Screen {
  columns: number;
  #lines: string[] = [""];
  #cursor: Cursor = { line: 0, offset: 0 };

  constructor(columns: number) {
    this.columns = columns;
  }

  readonly write = (text: string): boolean => {
    for (const [piece] of text.matchAll(pieces)) this.#take(piece);
    return true;
  };

  /** The rows from the top, without empty ones at the end. */
  get rows(): string[] {
    return this.#lines
      .flatMap((line) => this.#wrap(line).map((row) => row.trimEnd()))
      .join("\n")
      .trimEnd()
      .split("\n");
  }

  #wrap(line: string): string[] {
    const count = Math.max(1, Math.ceil(line.length / this.columns));
    return Array.from({ length: count }, (_, row) =>
      line.slice(row * this.columns, (row + 1) * this.columns),
    );
  }

  /** The row of the cursor in its line; at the end of a full row it still stands in that one. */
  get #row(): number {
    const { line, offset } = this.#cursor;
    const isAtEnd = offset > 0 && offset === this.#lines[line]?.length;
    return Math.floor((isAtEnd ? offset - 1 : offset) / this.columns);
  }

  #take(piece: string): void {
    const { line, offset } = this.#cursor;
    const text = this.#lines[line] ?? "";
    const sequence = controlSequence.exec(piece)?.groups;
    if (piece === "\r") this.#cursor.offset = this.#row * this.columns;
    else if (piece === "\n") {
      this.#cursor = { line: line + 1, offset: 0 };
      this.#lines[line + 1] ??= "";
    } else if (sequence?.final === "A") this.#up(Number(sequence.count ?? 1));
    else if (sequence?.final === "K") this.#lines[line] = text.slice(0, offset);
    else if (sequence?.final === "J") {
      this.#lines.length = line + 1;
      this.#lines[line] = text.slice(0, offset);
    } else if (sequence === undefined) {
      this.#lines[line] = text.slice(0, offset) + piece + text.slice(offset + piece.length);
      this.#cursor.offset += piece.length;
    }
  }

  #up(rows: number): void {
    for (let left = rows; left > 0; left--) {
      if (this.#cursor.offset >= this.columns) this.#cursor.offset -= this.columns;
      else if (this.#cursor.line > 0) {
        this.#cursor.line--;
        const count = this.#wrap(this.#lines[this.#cursor.line] ?? "").length;
        this.#cursor.offset += (count - 1) * this.columns;
      }
    }
  }
}
