import { chmod, mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";

/**
 * Makes a root directory that holds a compiled program as `/program`, the C library it needs, and an empty `/proc`: nothing
 * else.
 *
 * @param root A directory that does not exist yet.
 * @param source Path of the program's TypeScript.
 */
export async function makeBareRoot(root: string, source: string): Promise<void> {
  await mkdir(join(root, "proc"), { recursive: true });
  const program = join(root, "program");
  const built = await Bun.build({ entrypoints: [source], compile: { outfile: program } });
  if (!built.success) throw new AggregateError(built.logs, `${source} cannot be compiled`);
  const libraries = await Bun.$`ldd ${program}`.text();
  for (const [path] of libraries.matchAll(/\/\S+/g)) {
    const copy = join(root, path);
    await mkdir(dirname(copy), { recursive: true });
    await Bun.write(copy, Bun.file(path));
    await chmod(copy, 0o755);
  }
}
