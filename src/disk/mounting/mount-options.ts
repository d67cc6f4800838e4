/**
 * Options of fstab(5) that say who mounts a file system and when, not how: they are for the installed system. util-linux
 * ignores them; the mount(8) of busybox gives some of them to the kernel, which refuses them.
 */
const fstabOptions = new Set([
  "auto",
  "noauto",
  "nofail",
  "user",
  "nouser",
  "users",
  "owner",
  "group",
  "defaults",
  "_netdev",
  "nobootwait",
]);

/** Those of the options of a file system that it is mounted with while the installer runs. */
export function liveOptions(options: readonly string[]): readonly string[] {
  return options.filter(
    (option) => !fstabOptions.has(option) && !/^(?:[xX]-|comment=)/.test(option),
  );
}
