import { fileURLToPath } from "node:url";

const addonPath = "node_modules/node-liblzma/prebuilds/linux-x64/node-liblzma.node";

/** Where the addon of node-liblzma is: beside the sources, or in the compiled binary. Nowhere but on x86-64. */
export const addonFile: string | undefined = await find();

async function find(): Promise<string | undefined> {
  if (process.arch !== "x64") return undefined;
  // Bun refuses to import an addon as a file, except where it compiles one in.
  if (Bun.embeddedFiles.length > 0) return (await import("./embedded-addon.ts")).default;
  return fileURLToPath(new URL(`../../${addonPath}`, import.meta.url));
}
