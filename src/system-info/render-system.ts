import { type Closure, totalDownloadSize } from "../cache/closure.ts";
import type { LoaderDeclaration } from "../system/boot/installed-loader.ts";
import { formatSize } from "../values/size.ts";
import type { InitrdKnowledge, SystemInfo } from "./system-info.ts";

/** Columns of the names before what they mean. */
const nameWidth = 13;

/**
 * What a system is, in lines for people. Pure.
 *
 * @param showUrl The address of a cache without what nobody should see.
 */
export function renderSystem(system: SystemInfo, showUrl: (url: string) => string): string {
  const { closure, bootFiles, initrd, nixosVersion } = system;
  const rows: readonly (readonly [name: string, text: string])[] = [
    ["toplevel", closure.toplevel],
    ["NixOS", nixosVersion ?? "no version: this is no NixOS system"],
    ["built for", system.system === "" ? "unknown" : system.system],
    ["boot loader", loaderText(system.loader)],
    ["kernel", bootFiles.kernel === 0 ? "none" : formatSize(bootFiles.kernel)],
    ["initrd", initrdText(initrd, bootFiles.initrd)],
    ...system.fstab.map(({ device, mountPoint, type }, index): readonly [string, string] => [
      index === 0 ? "fstab" : "",
      `${mountPoint} ${type} ${device}`,
    ]),
    ["closure", closureText(closure)],
    ...cacheTexts(closure, showUrl).map((text, index): readonly [string, string] => [
      index === 0 ? "caches" : "",
      text,
    ]),
  ];
  return rows
    .map(([name, text]) => `  ${name.padEnd(nameWidth)}${text.replaceAll("\n", " ")}\n`)
    .join("");
}

function loaderText({
  loader,
  efiSysMountPoint,
  xbootldrMountPoint,
  grub = [],
}: LoaderDeclaration): string {
  const places = [
    ...(efiSysMountPoint === undefined ? [] : [`the ESP at ${efiSysMountPoint}`]),
    ...(xbootldrMountPoint === undefined ? [] : [`kernels at ${xbootldrMountPoint}`]),
    ...grub.flatMap(({ bootPath, devices, efiSysMountPoint: esp }) => [
      `kernels at ${bootPath}`,
      ...devices.filter((device) => device !== "nodev"),
      ...(esp === undefined ? [] : [`the ESP at ${esp}`]),
    ]),
  ];
  const names = { none: "none", other: "one that the installer does not know" } as const;
  const name = loader === "none" || loader === "other" ? names[loader] : loader;
  return places.length === 0 ? name : `${name}, ${places.join(", ")}`;
}

function initrdText(initrd: InitrdKnowledge | undefined, size: number): string {
  if (initrd === undefined) return "none";
  const about =
    "unreadable" in initrd
      ? `cannot be read: ${initrd.unreadable}`
      : `${initrd.kind === "systemd" ? "systemd" : "NixOS's script"}, ${initrd.modules.length} kernel modules`;
  return `${formatSize(size)}, ${about}`;
}

function closureText({ paths, copies = [], downloadSize: size, narSize }: Closure): string {
  const count = paths.length + copies.length;
  return `${count} store paths, ${formatSize(size)} to download, ${formatSize(narSize)} unpacked`;
}

/** What comes from each cache. */
function cacheTexts(closure: Closure, showUrl: (url: string) => string): string[] {
  return closure.substituters.map((url) => {
    const paths = closure.paths.filter(({ substituter }) => substituter === url);
    const size = formatSize(totalDownloadSize(paths));
    return `${showUrl(url)} ${paths.length} store paths, ${size}`;
  });
}
