# The initial RAM disk: stage 1 with busybox, udev from the store so that /dev/disk/by-* is there, and the programs and
# modules that reach the file systems of `mounts` that are needed for boot.
{ lib, packages, linux, mounts, mountLine, luksDevices, swraid, lvm, lvmConfiguration, initrdModules }:
let
  p = packages;
  optionals = condition: list: if condition then list else [ ];
  early = builtins.filter (mount: mount.neededForBoot) mounts;
  hasType = type: builtins.any (mount: mount.type == type) early;
  usesLuks = luksDevices != { };

  fstab = lib.text "initrd-fstab" (lib.lines (map mountLine early) + "\n");

  # As NixOS's script opens a device: by words that stand in the script itself, once for each device.
  openCommand = name: { device, keyFile ? null, keyFileSize ? null }:
    let
      open = "cryptsetup luksOpen ${device} ${name}";
      size = if keyFileSize == null then "" else "--keyfile-size=${toString keyFileSize}";
    in
    if keyFile != null then ''
      waitForDevice ${device}
      waitForDevice ${keyFile}
      ${open} --key-file=${keyFile} ${size} || fail "${device} could not be opened with ${keyFile}"
    '' else ''
      waitForDevice ${device}
      while :; do
        printf 'Passphrase for %s: ' ${device}
        IFS= read -rs passphrase
        printf '\nVerifying passphrase for %s...' ${device}
        printf '%s' "$passphrase" | ${open} --key-file=- && break
        echo " - failure"
      done
      echo " - success"
    '';

  programs =
    optionals usesLuks [ p.cryptsetup-bin ]
    ++ optionals swraid [ p.mdadm ]
    ++ optionals lvm [ p.lvm2 ]
    ++ optionals (usesLuks || lvm) [ p.dmsetup ];

  # udev's own rules also tell the kernel of every device of a btrfs. Events activate volume groups only under systemd.
  udevRules = import ./udev-rules.nix { inherit lib; from = [ p.udev ] ++ programs; without = [ "69-lvm.rules" ]; };

  kernelModules =
    [ "virtio_pci" "virtio_blk" "ext4" "crc32c_generic" ]
    ++ optionals (hasType "vfat") [ "vfat" "nls_cp437" "nls_iso8859-1" "nls_ascii" "nls_utf8" ]
    ++ optionals (hasType "btrfs") [ "btrfs" ]
    ++ optionals (hasType "xfs") [ "xfs" ]
    ++ optionals (hasType "f2fs") [ "f2fs" "crc32_generic" ]
    ++ optionals swraid [ "md_mod" "raid0" "raid1" "raid10" "raid456" ]
    ++ optionals lvm [ "dm_mod" "dm_snapshot" "dm_mirror" "dm_thin_pool" "dm_raid" "raid1" ]
    ++ optionals usesLuks [
      "dm_mod" "dm_crypt" "xts" "ecb" "cbc" "essiv" "aes_generic" "sha256_generic" "algif_skcipher" "cryptd"
    ]
    ++ initrdModules;

  # Those modules, what they depend on and what depmod makes of them, without the lists it makes that from. As in NixOS,
  # there are no descriptions of what is built in: depmod warns of a missing file, not of an empty one. `builtin` is for
  # busybox's modprobe, which does not find out what is built in, as that of NixOS does.
  modulesClosure = lib.run "linux-${linux.version}-modules-shrunk" {
    inherit (linux) modules;
    kernelModules = lib.words kernelModules;
  } ''
    release=$(ls "$modules/lib/modules")
    into=$out/lib/modules/$release
    mkdir -p "$into"
    cp "$modules/lib/modules/$release"/modules.{builtin,order} "$into/"
    : > "$into/modules.builtin.modinfo"
    for module in $kernelModules; do
      modprobe --dirname "$modules" --set-version "$release" --show-depends "$module" > depends
      sed -n 's/^builtin //p' depends >> builtin
      sed -n 's/^insmod \([^ ]*\).*/\1/p' depends > needed
      while read -r file; do
        target=$out/''${file#"$modules/"}
        mkdir -p "''${target%/*}"
        cp --no-clobber "$file" "$target"
      done < needed
    done
    depmod --basedir "$out" "$release"
    rm "$into"/modules.{builtin,builtin.modinfo,order}
    sort -u builtin | tr '\n' ' ' > "$out/builtin"
  '';

  stage1 = lib.run "stage-1-init.sh" {
    passAsFile = [ "content" ];
    content = lib.substitute ./stages/stage-1.sh {
      inherit modulesClosure;
      kernelModules = lib.words kernelModules;
      preLVMCommands = lib.concat "" (map (name: openCommand name luksDevices.${name}) (builtins.attrNames luksDevices));
    };
  } ''
    bash -n "$contentPath"
    install -m 0555 "$contentPath" "$out"
  '';

  # Their closures without what only a running systemd needs.
  roots = [ stage1 p.udev udevRules ] ++ programs;
in
lib.run "initrd-linux-${linux.version}" {
  inherit fstab stage1 udevRules lvmConfiguration;
  udev = p.udev;
  busybox = p.busybox-static;
  programs = lib.words programs;
  exportReferencesGraph = builtins.concatLists (builtins.genList
    (index: [ "closure-${toString index}" (builtins.elemAt roots index) ]) (builtins.length roots));
} ''
  root=$PWD/root
  mkdir -p "$root"/{bin,dev,etc/lvm,etc/udev,proc,run,sys,tmp,mnt-root}
  cp "$busybox/bin/busybox" "$root/bin/"
  for applet in $("$busybox/bin/busybox" --list); do
    [ -e "$root/bin/$applet" ] || ln -s busybox "$root/bin/$applet"
  done
  ln -s "$stage1" "$root/init"
  cp "$fstab" "$root/etc/fstab"
  cp "$lvmConfiguration" "$root/etc/lvm/lvm.conf"

  grep -h '^/nix/store/' closure-* | sort -u | while read -r path; do
    (cd /; find "''${path#/}" \( -path '*/share' -o -name 'hwdb*' -o -path '*/lib/systemd' \) -prune -o -print | cpio --quiet -pdm "$root")
  done
  for path in $programs; do ln -sf "$path"/bin/* "$root/bin/"; done
  # Where the rules look for programs.
  mkdir "$root/usr"
  for directory in sbin usr/bin usr/sbin; do ln -s /bin "$root/$directory"; done
  ln -s "$udev"/lib/udev/*_id "$root/etc/udev/"
  ln -s "$udevRules" "$root/etc/udev/rules.d"
  ln -s "$udev/bin/udevadm" "$root/bin/udevadm"
  ln -s "$udev/bin/udevadm" "$root/bin/systemd-udevd"

  mkdir "$out"
  (cd "$root"; find . -print0 | sort -z | cpio --quiet --null -o -H newc -R 0:0 --reproducible) | zstd -q -3 > "$out/initrd"
''
