import { parseManifest } from "../../../src/manifest/parse.ts";
import { formatError } from "../../../src/run/format-error.ts";

/** What a manifest says before it comes to disks. */
const head = `version = 1

[system]
toplevel = "/nix/store/k8nkf470zpg5lpr46h8vbc0gc2b8jdfx-nixos-system-host-25.11"

[cache]
substituters = ["https://cache.example.org"]
trusted-public-keys = ["cache.example.org-1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]
`;

/** A manifest without mistakes, one key or table header per line. */
export const soundManifest = `${head}
[disk.main]
device = "/dev/vda"
wipe = true

[[disk.main.partition]]
name = "esp"
size = "1GiB"
type = "esp"

[[disk.main.partition]]
name = "swap"
size = "2GiB"
type = "swap"

[[disk.main.partition]]
name = "root"

[filesystem."/"]
device = "main.root"
type = "ext4"

[filesystem."/boot"]
device = "main.esp"
type = "vfat"

[swap.swap]
device = "main.swap"
`;

/**
 * The sound manifest with texts replaced.
 *
 * @throws Error when one of the texts to replace is not in it.
 */
export function manifestWith(...replacements: readonly (readonly [from: string, to: string])[]) {
  let text = soundManifest;
  for (const [from, to] of replacements) {
    if (!text.includes(from)) throw new Error(`the manifest does not contain ${from}`);
    text = text.replace(from, () => to);
  }
  return text;
}

/** A manifest that is sound but for the storage it describes, which begins at line 10. */
export function manifestOf(storage: string): string {
  return `${head}\n${storage.trim()}\n`;
}

/** A disk with the partitions `root` and `data`, for {@link manifestOf}. */
export const disk = `[disk.main]
device = "/dev/vda"
[[disk.main.partition]]
name = "root"
size = "10GiB"
[[disk.main.partition]]
name = "data"
`;

/** The root file system on the first of them. */
export const root = `[filesystem."/"]
device = "main.root"
type = "ext4"
`;

/**
 * What a user would read about a manifest.
 *
 * @throws Error when there is nothing wrong with it.
 */
export function complaint(text: string): string {
  try {
    parseManifest({ file: "host.toml", text });
  } catch (error) {
    return `\n${formatError(error, { colour: false })}\n`;
  }
  throw new Error("the manifest was accepted");
}
