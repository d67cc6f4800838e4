/**
 * Select Graphic Rendition parameters of ECMA-48, by the names of node:util's `styleText`. The colours are shades of
 * xterm's 256, because each of the 16 is lost on some background: green and cyan as xterm has them have a contrast of 2:1
 * on white. These have 4:1 or more on white and on black; 3:1 is what large text needs (WCAG 2.2, 1.4.3). The Linux
 * console shows the nearest that it has. Warnings are magenta, as compilers have them.
 */
const parameters = {
  bold: ["1", "22"],
  dim: ["2", "22"],
  red: ["38;5;196", "39"],
  green: ["38;5;28", "39"],
  magenta: ["38;5;133", "39"],
  cyan: ["38;5;30", "39"],
} as const;

/** A way to set off text. */
type Style = keyof typeof parameters;

/** Sets off text on a terminal with colours; gives the text back as it is on one without. */
export type Paint = (style: Style, text: string) => string;

/** @param colour Whether the output understands ECMA-48. */
export function painter(colour: boolean): Paint {
  if (!colour) return (_style, text) => text;
  return (style, text) => {
    const [on, off] = parameters[style];
    return `\x1b[${on}m${text}\x1b[${off}m`;
  };
}

/** A grey of the 256 colours with a contrast of 4.5:1 on white and on black. */
const grey = "38;5;243";

/** A text that citty has painted, cyan and grey of the 16 colours, in shades that can be read on every background. */
export function inReadableShades(text: string): string {
  const [cyan] = parameters.cyan;
  return text.replaceAll("\x1b[36m", `\x1b[${cyan}m`).replaceAll("\x1b[90m", `\x1b[${grey}m`);
}
