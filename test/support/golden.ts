import { expect } from "bun:test";

/** Whether golden files are written instead of compared: `LANDFALL_GOLDEN=write`. */
const isWritten = process.env.LANDFALL_GOLDEN === "write";

/** Compares a text with the file that says what it was; writes the file with `LANDFALL_GOLDEN=write`. */
export async function expectGolden(path: string, text: string): Promise<void> {
  if (isWritten) await Bun.write(path, text);
  const file = Bun.file(path);
  expect((await file.exists()) ? await file.text() : undefined).toBe(text);
}
