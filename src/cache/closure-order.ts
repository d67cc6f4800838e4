import { InstallerError } from "../errors.ts";

/** What is known of a store path, as far as order goes. */
interface Referrer {
  readonly storePath: string;
  readonly references: readonly string[];
}

/**
 * The paths in an order in which every path comes after those it refers to; otherwise as they came. References to a
 * path itself, and to paths that are not among them, do not count.
 *
 * @throws {InstallerError} with reason `integrity` if paths refer to each other in a circle, which Nix never builds
 * and refuses to register.
 */
export function inDependencyOrder<Path extends Referrer>(paths: readonly Path[]): Path[] {
  const byName = new Map(paths.map((path) => [path.storePath, path]));
  const ordered = new Set<Path>();
  for (const root of paths) {
    // Without recursion: a chain of references may be longer than the stack is deep.
    const open: { readonly path: Path; next: number }[] = [{ path: root, next: 0 }];
    const openNames = new Set([root.storePath]);
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const { path } = top;
      const name = path.references[top.next++];
      if (ordered.has(path) || name === undefined) {
        ordered.add(path);
        openNames.delete(path.storePath);
        open.pop();
        continue;
      }
      const reference = byName.get(name);
      if (name === path.storePath || reference === undefined || ordered.has(reference)) continue;
      if (openNames.has(name)) throw circleError(open.map(({ path: each }) => each.storePath));
      openNames.add(name);
      open.push({ path: reference, next: 0 });
    }
  }
  return [...ordered];
}

function circleError(chain: readonly string[]): InstallerError {
  const circle = chain.slice(-10).join(" -> ");
  return new InstallerError("integrity", `store paths refer to each other in a circle: ${circle}`);
}
