/**
 * Select Graphic Rendition parameters of ECMA-48, by the names of node:util's `styleText`. Of the 16 colours only those
 * that can be read on dark and on light backgrounds alike: yellow and white vanish on the one, black and blue on the
 * other. Warnings are magenta, as compilers have them.
 */
const parameters = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  magenta: [35, 39],
  cyan: [36, 39],
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
