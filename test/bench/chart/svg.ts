/** Text with what XML takes for markup escaped. */
function escapeText(plain: string): string {
  return plain.replaceAll(/[&<>"]/g, (character) => `&#${character.codePointAt(0)};`);
}

/** A number with at most two decimals, as the same bytes wherever it is drawn. */
function coordinate(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** An element without content; numbers are rounded to hundredths. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
): string {
  const list = Object.entries(attributes).map(([key, value]) => {
    const content = typeof value === "number" ? coordinate(value) : escapeText(value);
    return ` ${key}="${content}"`;
  });
  return `<${name}${list.join("")}/>`;
}

/** A line of text; `className` is its look: see {@link drawing}. */
export function text(
  x: number,
  y: number,
  content: string,
  className: string,
  anchor: "start" | "middle" | "end" = "start",
): string {
  const place = `x="${coordinate(x)}" y="${coordinate(y)}"`;
  return `<text ${place} class="${className}" text-anchor="${anchor}">${escapeText(content)}</text>`;
}

const light = {
  paper: "#ffffff",
  edge: "#d0d7de",
  ink: "#1f2328",
  dim: "#59636e",
  grid: "#e4e8ec",
  other: "#b6bfc8",
  series: ["#0969da", "#bc4c00", "#8250df", "#1a7f37"],
};
const dark: typeof light = {
  paper: "#0d1117",
  edge: "#30363d",
  ink: "#e6edf3",
  dim: "#9198a1",
  grid: "#21262d",
  other: "#4b535d",
  series: ["#58a6ff", "#f0883e", "#bc8cff", "#3fb950"],
};

function colors(palette: typeof light): string {
  const looks = palette.series.map(
    (color, index) => `.s${index}{fill:${color}}.l${index}{stroke:${color}}`,
  );
  return [
    `.paper{fill:${palette.paper};stroke:${palette.edge}}`,
    `.title,.label{fill:${palette.ink}}.note{fill:${palette.dim}}`,
    `.other{fill:${palette.other}}.grid{stroke:${palette.grid}}.axis{stroke:${palette.dim}}`,
    `.spread{stroke:${palette.ink}}.dot{stroke:${palette.paper}}`,
    ...looks,
  ].join("");
}

/**
 * A whole picture, on paper of its own so that it can be read wherever it is shown; dark where the reader's system is.
 *
 * Texts are `title`, `label` or `note`, and may be `strong`. What is filled in the colour of a series is `sN`, what is
 * drawn in it `lN`, from 0 (what the chart is about) to 3; other fillings are `other`. `grid`, `axis` and `spread` are
 * lines, `dot` is the rim of a mark.
 *
 * @param alternative What the chart shows, for those who cannot see it.
 */
export function drawing(
  width: number,
  height: number,
  alternative: string,
  content: readonly string[],
): string {
  const style = [
    "text{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','DejaVu Sans',Arial,sans-serif;font-size:13px}",
    ".title{font-size:16px;font-weight:600}.strong{font-weight:600}.note{font-size:12px}",
    "polyline{fill:none;stroke-width:2.5;stroke-linejoin:round}.dashed{stroke-dasharray:7 5}",
    ".grid,.axis,.spread{stroke-width:1}.dot{stroke-width:1.5}",
    colors(light),
    `@media (prefers-color-scheme:dark){${colors(dark)}}`,
  ];
  const size = `width="${width}" height="${coordinate(height)}" viewBox="0 0 ${width} ${coordinate(height)}"`;
  const label = escapeText(alternative);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" aria-label="${label}">`,
    `<style>${style.join("")}</style>`,
    element("rect", {
      x: 0.5,
      y: 0.5,
      width: width - 1,
      height: Math.round(height) - 1,
      rx: 8,
      class: "paper",
    }),
    ...content,
    "</svg>",
    "",
  ].join("\n");
}
