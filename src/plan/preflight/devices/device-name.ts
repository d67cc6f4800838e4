/** What a device can be found by besides its path: NAME=value of fstab(5). */
export type DeviceTag = "UUID" | "LABEL" | "PARTUUID" | "PARTLABEL";

/** A device as texts name it: by what it is or carries, or by a path below `/dev`. */
export type DeviceName =
  | { readonly tag: DeviceTag; readonly value: string }
  | { readonly path: string };

const tags: readonly DeviceTag[] = ["UUID", "LABEL", "PARTUUID", "PARTLABEL"];

/** udev's links for a tag: `/dev/disk/by-uuid`. */
function linkDirectory(tag: DeviceTag): string {
  return `/dev/disk/by-${tag.toLowerCase()}/`;
}

/** Undoes udev's `\x20` (`encode_devnode_name` of systemd). */
function decodeLink(name: string): string {
  return name.replaceAll(/(?:\\x[0-9a-f]{2})+/gi, (escaped) =>
    Buffer.from(escaped.replaceAll(/\\x/gi, ""), "hex").toString("utf8"),
  );
}

/** The characters of ASCII that udev does not leave alone in the name of a link (`encode_devnode_name` of systemd). */
const escapedCharacters = /[^0-9A-Za-z#+\-.:=@_\u0080-\uffff]/g;

/** The link by which udev shows a device that has a tag: `/dev/disk/by-label/data\x20one`. */
export function tagLink(tag: DeviceTag, value: string): string {
  const encoded = value.replaceAll(
    escapedCharacters,
    (character) => `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`,
  );
  return linkDirectory(tag) + encoded;
}

/**
 * Parses a device as fstab(5), crypttab(5) and kernel parameters write it; `undefined` for what names no block device,
 * such as `tmpfs`, a dataset or a directory.
 *
 * @example
 * ```ts
 * parseDeviceName("/dev/disk/by-partlabel/data\\x20one"); // { tag: "PARTLABEL", value: "data one" }
 * ```
 */
export function parseDeviceName(written: string): DeviceName | undefined {
  for (const tag of tags) {
    if (written.startsWith(`${tag}=`)) {
      return { tag, value: written.slice(tag.length + 1).replaceAll('"', "") };
    }
    const directory = linkDirectory(tag);
    if (written.startsWith(directory)) {
      return { tag, value: decodeLink(written.slice(directory.length)) };
    }
  }
  if (written.startsWith("ID=")) return { path: `/dev/disk/by-id/${written.slice(3)}` };
  return written.startsWith("/dev/") ? { path: written } : undefined;
}
