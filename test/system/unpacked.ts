import { open, readdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { enterBuilder } from "./builder.ts";
import { places } from "./paths.ts";

/** A program or shared library of a package. */
export interface Binary {
  readonly package: string;
  /** Its path in the package's store path. */
  readonly name: string;
  readonly soname: string | undefined;
  readonly needed: readonly string[];
  /** Whether it names a loader, which makes it a program. */
  readonly interpreted: boolean;
}

/** A script of a package, and the program its first line names. */
export interface Script {
  readonly package: string;
  readonly name: string;
  readonly interpreter: string;
}

/** `usr/sbin/x` -> `bin/x`, `lib/x86_64-linux-gnu/x` -> `lib/x`: what `nix/unpack.sh` does to a path. */
function storeName(path: string): string {
  return path
    .replace(/^usr\//, "")
    .replace(/^sbin\//, "bin/")
    .replace(/^lib64\//, "lib/")
    .replace(/^lib\/x86_64-linux-gnu\//, "lib/");
}

/** Objects that only a kernel or a boot loader links. */
const notForTheLoader = /\.(ko|mod|module|o|img)$|^(lib\/debug|boot)\//;

/** The directories of a package that `nix/unpack.sh` takes. */
const kept = /^(usr\/)?(s?bin|lib|lib64|libexec|share|etc)\//;

async function head(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(128), 0, 128, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** The regular files of a tree, relative to it, in an order that is the same everywhere. */
async function files(tree: string): Promise<readonly string[]> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(tree, join(entry.parentPath, entry.name)))
    .toSorted();
}

const readelfScript = `
cd /products/unpacked
xargs -d '\\n' readelf -ldW < /products/binaries.txt 2>/dev/null
`;

/** Splits readelf's output by file and reads the loader and the dynamic section of each. */
function parseReadelf(output: string): readonly Binary[] {
  return output
    .split(/^File: /m)
    .slice(1)
    .map((section) => {
      const [path = ""] = section.split("\n", 1);
      const [name = "", ...rest] = path.split("/");
      return {
        package: name,
        name: storeName(rest.join("/")),
        soname: /\(SONAME\).*\[(.*)\]/.exec(section)?.[1],
        needed: [...section.matchAll(/\(NEEDED\).*\[(.*)\]/g)].flatMap(
          ([, soname]) => soname ?? [],
        ),
        interpreted: section.includes("Requesting program interpreter"),
      };
    });
}

/** Looks through the unpacked packages, `products/unpacked/NAME`, for what must be bound to the store. */
export async function inspectUnpacked(): Promise<{
  readonly binaries: readonly Binary[];
  readonly scripts: readonly Script[];
}> {
  const unpacked = join(places.products, "unpacked");
  const scripts: Script[] = [];
  const binaries: string[] = [];
  for (const name of (await readdir(unpacked)).toSorted()) {
    for (const path of await files(join(unpacked, name))) {
      if (!kept.test(path) || notForTheLoader.test(path)) continue;
      const start = await head(join(unpacked, name, path));
      if (start.toString("latin1", 0, 4) === "\x7fELF") binaries.push(join(name, path));
      const interpreter = /^#! *(\S+(?: +\S+)?)/.exec(start.toString("latin1"))?.[1];
      if (interpreter !== undefined) {
        scripts.push({ package: name, name: storeName(path), interpreter });
      }
    }
  }
  await Bun.write(join(places.products, "binaries.txt"), binaries.join("\n"));
  const output = await enterBuilder(["sh", "-euc", readelfScript]);
  return { binaries: parseReadelf(output), scripts };
}
