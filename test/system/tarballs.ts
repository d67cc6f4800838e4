import { join } from "node:path";
import { enterBuilder } from "./builder.ts";
import { places, sourceDirectory } from "./paths.ts";
import type { Progress } from "./run.ts";
import { digest } from "./stamp.ts";

/**
 * The tarball of the Nix project: `nix-VERSION-SYSTEM/` with `store/`, `.reginfo` and `install`, packed with the flags of
 * Nix's binary-tarball.nix. `$1` is its name without suffix, `$2…` the store paths.
 */
const officialScript = `
name=$1
shift
work=$(mktemp -d)
nix-store --dump-db $(nix-store -qR "$@") > "$work/reginfo"
sed -e "s|@nix@|$1|g" -e "s|@cacert@|$2|g" /fixture/nix/portable-install.sh > "$work/install"
chmod 0755 "$work/install"
tar -c --owner=0 --group=0 --mode=u+rw,uga+r --mtime=1970-01-01 --absolute-names --hard-dereference \\
  --transform "s,$work/install,$name/install," --transform "s,$work/reginfo,$name/.reginfo," \\
  --transform "s,/nix/store,$name/store,S" \\
  "$work/install" "$work/reginfo" $(nix-store -qR "$@") | xz -0 -T0 > "/products/$name.tar.xz.unfinished"
mv "/products/$name.tar.xz.unfinished" "/products/$name.tar.xz"
rm -r "$work"
`;

/** A plain tree, as `nix copy --to ./staging` and tar make it. */
const treeScript = `
name=$1
shift
work=$(mktemp -d)
nix copy --no-check-sigs --to "$work" "$@"
tar -c --owner=0 --group=0 -C "$work" nix | zstd -q -3 -T0 > "/products/$name.tar.zst.unfinished"
mv "/products/$name.tar.zst.unfinished" "/products/$name.tar.zst"
chmod -R u+w "$work"
rm -r "$work"
`;

/** The portable stores, as files on the host. */
export interface Tarballs {
  readonly official: string;
  readonly tree: string;
}

/**
 * Packs Nix and the certificate authorities as portable stores, in both layouts, unless they are there already.
 *
 * @param nix Store path of Nix; its name gives the tarball's.
 * @param cacert Store path of the certificate bundle.
 */
export async function makeTarballs(
  nix: string,
  cacert: string,
  progress: Progress,
): Promise<Tarballs> {
  const version = nix.replace(/^.*-nix-/, "");
  const name = `nix-${version}-x86_64-linux`;
  const tarballs = {
    official: join(places.products, `${name}.tar.xz`),
    tree: join(places.products, "nix-tree.tar.zst"),
  };
  const install = await Bun.file(join(sourceDirectory, "nix/portable-install.sh")).text();
  const recipe = digest(nix, cacert, officialScript, treeScript, install);
  const stamp = Bun.file(join(places.products, "tarballs.recipe"));
  if ((await stamp.exists()) && (await stamp.text()) === recipe) return tarballs;
  progress(`tarballs: packing ${name}`);
  await enterBuilder(["bash", "-euo", "pipefail", "-c", officialScript, name, name, nix, cacert]);
  progress("tarballs: packing the plain tree");
  await enterBuilder(["bash", "-euo", "pipefail", "-c", treeScript, name, "nix-tree", nix, cacert]);
  await stamp.write(recipe);
  return tarballs;
}
