import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { cachePath } from "../server.ts";
import type { Contender } from "./contender.ts";

/** Asks for every narinfo of a cache, one after the other over one connection, and does nothing with the answers. */
export const oneByOneContender: Contender = {
  name: "one-by-one",
  label: "narinfos one by one, curl",
  registers: false,
  prepare: async () => {},
  command: async ({ cache, server, compression, scratch }) => {
    const names = (await readdir(cache.directory)).filter((name) => name.endsWith(".narinfo"));
    const list = join(scratch, "narinfos");
    const entries = names.map(
      (name) => `url = "${server}${cachePath(compression)}/${name}"\noutput = "/dev/null"\n`,
    );
    await Bun.write(list, entries.join(""));
    return ["curl", "-sSf", "-K", list];
  },
};
