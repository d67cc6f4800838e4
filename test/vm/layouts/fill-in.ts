import { join } from "node:path";
import type { LayoutName } from "../../system/layouts.ts";

/** Placeholders of a manifest, `@NAME@`, and what stands for them on one machine. */
type Values = Readonly<Record<`@${string}@`, string>>;

/** The text of a manifest with its placeholders filled in. */
export async function fillIn(path: string, values: Values): Promise<string> {
  let text = await Bun.file(path).text();
  for (const [placeholder, value] of Object.entries(values)) {
    text = text.replaceAll(placeholder, value);
  }
  return text;
}

/** The manifest of a layout. */
export async function layoutManifest(name: LayoutName, values: Values): Promise<string> {
  return await fillIn(join(import.meta.dir, `${name}.toml`), values);
}
