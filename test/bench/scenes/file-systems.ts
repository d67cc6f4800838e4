import { measurePulls } from "../pulls.ts";
import type { Row } from "../results.ts";
import { fileSystems } from "../target.ts";
import { chooseClosure, chooseContenders, describeClosure, rowsOf, type Scene } from "./scene.ts";

const title = "file systems, zstd cache, loopback";

/** The same pull to each of the file systems. */
export const fileSystemsScene: Scene = {
  name: "file-systems",
  title,
  run: async (options) => {
    const closure = await chooseClosure(options, "server");
    const contenders = await chooseContenders(options, ["installer", "nix-sid"]);
    const rows: Row[] = [];
    for (const fileSystem of fileSystems) {
      const runs = options.runs ?? 2;
      const samples = await measurePulls({
        ...options,
        fileSystem,
        closure,
        compression: "zstd",
        contenders,
        runs,
      });
      rows.push(...rowsOf(contenders, samples, fileSystem));
    }
    return {
      scene: "file-systems",
      title,
      conditions: describeClosure(closure),
      rows,
      goals: [],
    };
  },
};
