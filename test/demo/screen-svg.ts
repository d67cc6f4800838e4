/** How a stretch of text looks. */
interface Look {
  readonly colour: string;
  readonly bold: boolean;
  readonly dim: boolean;
}

/** A stretch of text of one look on one row. */
interface Run extends Look {
  readonly column: number;
  readonly text: string;
}

const plain: Look = { colour: "text", bold: false, dim: false };

/** The colours that the installer uses, by their parameters of ECMA-48's SGR. */
const colours: Readonly<Record<string, string>> = {
  "38;5;196": "red",
  "38;5;28": "green",
  "38;5;133": "magenta",
  "38;5;30": "cyan",
  "39": "text",
};

/** Pixels. */
const cell = { width: 8, height: 18 };
const margin = 18;
const titleBar = 34;

/** The colours of a page that is light, and of one that is dark. */
const style = `
.t{fill:#24292f}.red{fill:#c1121f}.green{fill:#1a7f37}.magenta{fill:#9a2bb0}.cyan{fill:#0b6e8a}.text{fill:#24292f}
.back{fill:#f6f8fa;stroke:#d0d7de}.b{font-weight:bold}.d{opacity:.65}
@media (prefers-color-scheme: dark){
.red{fill:#ff7b72}.green{fill:#56d364}.magenta{fill:#e29bf2}.cyan{fill:#6cc7e6}.text{fill:#d7dae0}
.back{fill:#16181d;stroke:#30363d}}
`;

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A look after one more parameter of SGR. */
function change(look: Look, parameter: string): Look {
  if (parameter === "" || parameter === "0") return plain;
  if (parameter === "1") return { ...look, bold: true };
  if (parameter === "2") return { ...look, dim: true };
  if (parameter === "22") return { ...look, bold: false, dim: false };
  const colour = colours[parameter];
  return colour === undefined ? look : { ...look, colour };
}

/** Those of SGR, one after the other; three say a colour of 256. */
const parameters = /38;5;\d+|\d+/g;

const escapeCharacter = String.fromCodePoint(27);
const selectRendition = new RegExp(`${escapeCharacter}\\[([\\d;]*)m`);

/** The runs of each row; a look lasts until it is changed, over the end of a row as well. */
function parse(screen: string): readonly (readonly Run[])[] {
  let look = plain;
  return screen.split("\n").map((row) => {
    const runs: Run[] = [];
    let column = 0;
    for (const [index, piece] of row.split(selectRendition).entries()) {
      if (index % 2 === 1) look = (piece.match(parameters) ?? [""]).reduce(change, look);
      else if (piece !== "") {
        runs.push({ ...look, column, text: piece });
        column += Bun.stringWidth(piece);
      }
    }
    return runs;
  });
}

function drawRun({ column, text, colour, bold, dim }: Run, y: number): string {
  if (text.trim() === "") return "";
  const lead = text.length - text.trimStart().length;
  const shown = text.trim();
  const x = margin + (column + lead) * cell.width;
  const names = [colour, ...(bold ? ["b"] : []), ...(dim ? ["d"] : [])].join(" ");
  const width = Bun.stringWidth(shown) * cell.width;
  return `<text x="${x}" y="${y}" class="${names}" textLength="${width}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escaped(shown)}</text>`;
}

/**
 * Draws what a terminal shows, for pages that are dark or light.
 *
 * @param screen What `tmux capture-pane -e -p` prints: rows of text with SGR sequences.
 * @param title Said to whoever cannot see it.
 */
export function screenSvg(screen: string, columns: number, title: string): string {
  const rows = parse(screen.trimEnd());
  const width = columns * cell.width + 2 * margin;
  const height = titleBar + rows.length * cell.height + margin;
  const texts = rows.flatMap((runs, row) =>
    runs.map((run) => drawRun(run, titleBar + (row + 1) * cell.height - 4)),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace" font-size="13" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<style>${style}</style>`,
    `<rect x=".5" y=".5" width="${width - 1}" height="${height - 1}" rx="8" class="back"/>`,
    ...["#ff5f57", "#febc2e", "#28c840"].map(
      (colour, n) => `<circle cx="${22 + 18 * n}" cy="18" r="5.5" fill="${colour}"/>`,
    ),
    ...texts.filter((text) => text !== ""),
    "</svg>",
    "",
  ].join("\n");
}
