import { expect, test } from "bun:test";
import { inReadableShades, painter } from "../../../../src/run/terminal/style.ts";

/** The levels of red, green and blue in the cube of xterm's 256 colours (xterm's 256colres.h). */
const levels = [0, 0x5f, 0x87, 0xaf, 0xd7, 0xff];

/** Relative luminance of a colour of the cube (WCAG 2.2), from 0 of black to 1 of white. */
function luminance(colour: number): number {
  const place = colour - 16;
  const [red = 0, green = 0, blue = 0] = [
    Math.floor(place / 36),
    Math.floor(place / 6) % 6,
    place % 6,
  ]
    .map((index) => (levels[index] ?? 0) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

test.each(["red", "green", "magenta", "cyan"] as const)(
  "%s can be read on white and on black",
  (name) => {
    const painted = painter(true)(name, "text");
    const colour = painted.split(";")[2]?.split("m")[0];
    expect(painted).toBe(`\u{1b}[38;5;${colour}mtext\u{1b}[39m`);
    const shade = luminance(Number(colour));
    expect(Number(colour)).toBeWithin(16, 232);
    expect(1.05 / (shade + 0.05)).toBeGreaterThan(3.99);
    expect((shade + 0.05) / 0.05).toBeGreaterThan(3.99);
  },
);

test("nothing is set off where there are no colours", () => {
  expect(painter(false)("red", "text")).toBe("text");
});

test("what citty paints is painted as everything else", () => {
  const usage = "\u{1b}[36m--help\u{1b}[39m \u{1b}[90m(Required)\u{1b}[39m";
  expect(inReadableShades(usage)).toBe(
    `${painter(true)("cyan", "--help")} \u{1b}[38;5;243m(Required)\u{1b}[39m`,
  );
});
