import { join } from "node:path";

/** A name for what a product is made from: a hash of its recipe, in hexadecimal. */
export function digest(...recipe: readonly string[]): string {
  return new Bun.CryptoHasher("sha256").update(recipe.join("\0")).digest("hex");
}

function stampOf(directory: string): Bun.BunFile {
  return Bun.file(join(directory, ".recipe"));
}

/** Whether a directory was completed from this recipe. */
export async function isCurrent(directory: string, recipe: string): Promise<boolean> {
  const stamp = stampOf(directory);
  return (await stamp.exists()) && (await stamp.text()) === digest(recipe);
}

/** Notes that a directory is complete, and what it was made from. */
export async function markCurrent(directory: string, recipe: string): Promise<void> {
  await Bun.write(stampOf(directory), digest(recipe));
}
