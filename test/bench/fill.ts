import { join } from "node:path";
import type { Progress } from "../system/run.ts";
import { type BenchClosure, runInStore } from "./closure/build.ts";

const targetInside = "/mnt/target";

/** Copies paths from the store that the closure was built in, and tells the target's database of them. */
const script = `
target=$1
mkdir -p "$target/nix/store"
xargs cp -a -t "$target/nix/store" < /mnt/closure/present
xargs nix-store --dump-db < /mnt/closure/present | nix-store --load-db --store "local?root=$target"
`;

/**
 * Puts a part of a closure into a target's store, as a pull that came so far would have left it: the first paths of the
 * order in which what is referred to comes first.
 *
 * @param share Of the paths, up to 1.
 */
export async function fillTarget(
  closure: BenchClosure,
  share: number,
  target: string,
  progress: Progress,
): Promise<void> {
  const { directory, toplevel } = closure;
  const query = ["nix-store", "--query", "--requisites", toplevel];
  const paths = (await runInStore(directory, query, progress)).trimEnd().split("\n");
  const present = paths.slice(0, Math.floor(paths.length * share));
  if (present.length === 0) return;
  await Bun.write(join(directory, "present"), `${present.join("\n")}\n`);
  const argv = ["sh", "-euc", script, "fill", targetInside];
  await runInStore(directory, argv, progress, [{ from: target, to: targetInside }]);
}
