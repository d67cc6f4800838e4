# A small toplevel for each file of layouts/, by its name. The files say what their disks must look like; devices are
# named as people name them, by label, by identifier, by the link of udev or of LVM. Identifiers are those the installer
# derives from the seed "layouts", copied as a user copies them from `installer plan`.
{ system }:
let
  common = rec {
    # The EFI system partition, label ESP.
    esp = { device = "/dev/disk/by-label/ESP"; mountPoint = "/boot"; type = "vfat"; options = [ "fmask=0077" "dmask=0077" ]; };
    rootExt4 = { device = "/dev/disk/by-label/nixos"; mountPoint = "/"; type = "ext4"; };
    systemdBoot = { name = "systemd-boot"; };
    grub = { name = "grub"; };
  };
  names = map (file: builtins.replaceStrings [ ".nix" ] [ "" ] file) (builtins.attrNames (builtins.readDir ./layouts));
in
builtins.listToAttrs (map (name: {
  inherit name;
  value = system (import (./layouts + "/${name}.nix") common // { variant = name; });
}) names)
