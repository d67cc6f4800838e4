# What fstab is made of: mounts and swap with their defaults, as NixOS fills them in.
{ lib }:
let
  inherit (builtins) elem map replaceStrings sort substring stringLength;

  # NixOS's `pathsNeededForBoot`: stage 1 mounts these without being asked to.
  neededPaths = [ "/" "/nix" "/nix/store" "/var" "/var/log" "/var/lib" "/var/lib/nixos" "/etc" "/usr" ];

  # File systems that systemd has a fsck for; the others check themselves when they are mounted.
  checked = [ "ext4" "vfat" "f2fs" ];
  pass = mount: if !elem mount.type checked then "0" else if mount.mountPoint == "/" then "1" else "2";

  # What systemd-escape --path makes of an absolute path.
  escapePath = path: replaceStrings [ "-" "/" ] [ "\\x2d" "-" ] (substring 1 (stringLength path) path);
  escapeSpaces = replaceStrings [ " " ] [ "\\040" ];
in
rec {
  inherit escapePath;

  # { device; mountPoint; type; options ? …; neededForBoot ? …; }, parents before what is mounted in them.
  mounts = fileSystems: sort (a: b: a.mountPoint < b.mountPoint) (map (each: {
    options = [ "defaults" ];
    neededForBoot = elem each.mountPoint neededPaths;
  } // each) fileSystems);

  # { device; randomEncryption ? false; }. With a random key the swap is on a mapping that NixOS names after the device.
  swaps = map (each:
    let mapping = replaceStrings [ "\\" ] [ "" ] (escapePath each.device);
    in
    if each.randomEncryption or false
    then { inherit (each) device; inherit mapping; swap = "/dev/mapper/${mapping}"; }
    else { inherit (each) device; mapping = null; swap = each.device; });

  # A line of fstab without the fields for dump and fsck.
  mountLine = mount: lib.words [
    (escapeSpaces mount.device) (escapeSpaces mount.mountPoint) mount.type (lib.concat "," mount.options)
  ];

  fstab = fileSystems: swapDevices: lib.lines (
    map (mount: "${mountLine mount} 0 ${pass mount}") (mounts fileSystems)
    ++ map (each: "${each.swap} none swap defaults") (swaps swapDevices)
  ) + "\n";
}
