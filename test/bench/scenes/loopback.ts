import type { Compression } from "../closure/caches.ts";
import { measurePulls } from "../pulls.ts";
import type { Goal, Row } from "../results.ts";
import {
  chooseClosure,
  chooseContenders,
  describeClosure,
  ratioGoal,
  rowNamed,
  rowsOf,
  type Scene,
} from "./scene.ts";

/** What the ratio to newest Nix and to the archive is to be at most. */
const limits: Readonly<Record<Compression, { readonly nix: number; readonly archive?: number }>> = {
  zstd: { nix: 0.7, archive: 0.8 },
  xz: { nix: 1, archive: 0.55 },
  none: { nix: 0.65 },
};

const opponents: Readonly<Record<Compression, readonly string[]>> = {
  zstd: ["installer", "nix-sid", "nix-trixie", "nix-bookworm", "archive", "cp"],
  xz: ["installer", "nix-sid", "nix-trixie", "archive"],
  none: ["installer", "nix-sid"],
};

/** A pull from one kind of cache on loopback to a cold target, against all others. */
export function loopbackScene(compression: Compression): Scene {
  const title = `${compression === "none" ? "uncompressed" : compression} cache, loopback`;
  return {
    name: compression,
    title,
    run: async (options) => {
      const closure = await chooseClosure(options, "server");
      const contenders = await chooseContenders(options, opponents[compression]);
      const samples = await measurePulls({
        ...options,
        closure,
        compression,
        contenders,
        runs: options.runs ?? 5,
      });
      const rows = rowsOf(contenders, samples);
      return {
        scene: compression,
        title,
        conditions: `${describeClosure(closure)}, to ${options.fileSystem}`,
        rows,
        goals: goals(title, compression, rows),
      };
    },
  };
}

function goals(title: string, compression: Compression, rows: readonly Row[]): readonly Goal[] {
  const ours = rowNamed(rows, "installer");
  const { nix, archive } = limits[compression];
  const toNix = ratioGoal(`${title}, against newest Nix`, nix, ours, rowNamed(rows, "nix-sid"));
  if (archive === undefined) return toNix;
  const floor = `${title}, against one archive through ${compression} and tar`;
  return [...toNix, ...ratioGoal(floor, archive, ours, rowNamed(rows, "archive"))];
}
