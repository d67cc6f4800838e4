# The initial RAM disk: stage 1 with busybox, udev from the store so that /dev/disk/by-* is there, and the modules that
# reach the root file system.
{ lib, packages, version, modules, fileSystems, kernelModules, storePaths, preMountCommands }:
let
  # What is mounted before stage 2, by mount point, the root first: device, mount point, type, options.
  early = builtins.filter (each: each.neededForBoot) fileSystems;
  fstab = lib.text "initrd-fstab" (lib.lines (map
    (each: "${each.device} ${each.mountPoint} ${each.type} ${lib.concat "," each.options}") early) + "\n");
  roots = [ packages.udev ] ++ storePaths;
in
lib.run "initrd-linux-${version}" {
  inherit fstab modules preMountCommands;
  stage1 = ./stages/stage-1.sh;
  udev = packages.udev;
  busybox = packages.busybox-static;
  kernelModules = lib.words kernelModules;
  programs = lib.words storePaths;
  exportReferencesGraph = builtins.concatLists (builtins.genList
    (index: [ "closure-${toString index}" (builtins.elemAt roots index) ]) (builtins.length roots));
} ''
  root=$PWD/root
  mkdir -p "$root"/{bin,dev,etc,proc,run,sys,tmp,mnt-root}
  cp "$busybox/bin/busybox" "$root/bin/"
  for applet in $("$busybox/bin/busybox" --list); do
    [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
  done
  cp "$stage1" "$root/init"
  chmod 0555 "$root/init"
  cp "$fstab" "$root/etc/fstab"
  printf '%s\n' "$preMountCommands" > "$root/etc/pre-mount"

  grep -h '^/nix/store/' closure-* | sort -u | while read -r path; do
    (cd /; find "''${path#/}" \( -path '*/share' -o -name 'hwdb*' -o -path '*/lib/systemd' \) -prune -o -print | cpio --quiet -pdm "$root")
  done
  for path in $programs; do ln -sf "$path"/bin/* "$root/bin/"; done
  ln -s "$udev/lib/udev" "$root/etc/udev"
  ln -s "$udev/bin/udevadm" "$root/bin/udevadm"
  ln -s "$udev/bin/udevadm" "$root/bin/systemd-udevd"

  release=$(ls "$modules/lib/modules")
  into=$root/lib/modules/$release
  mkdir -p "$into"
  cp "$modules/lib/modules/$release"/modules.{builtin,builtin.modinfo,order} "$into/"
  for module in $kernelModules; do
    modprobe --dirname "$modules" --set-version "$release" --show-depends "$module" |
      sed -n 's/^insmod \([^ ]*\).*/\1/p' > needed
    while read -r file; do
      target=$root/''${file#"$modules/"}
      mkdir -p "''${target%/*}"
      cp --no-clobber "$file" "$target"
    done < needed
  done
  depmod --basedir "$root" "$release"
  printf '%s\n' $kernelModules > "$root/etc/modules"
  mkdir "$out"
  (cd "$root"; find . -print0 | sort -z | cpio --quiet --null -o -H newc -R 0:0 --reproducible) | zstd -q -6 > "$out/initrd"
''
