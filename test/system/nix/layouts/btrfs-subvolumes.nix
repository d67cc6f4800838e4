# UEFI: ESP, a btrfs labelled nixos with the subvolumes @, @nix and @home.
{ esp, systemdBoot, ... }: {
  fileSystems = [
    esp
    { device = "/dev/disk/by-label/nixos"; mountPoint = "/"; type = "btrfs"; options = [ "subvol=@" "compress=zstd" "noatime" ]; }
    { device = "/dev/disk/by-label/nixos"; mountPoint = "/nix"; type = "btrfs"; options = [ "subvol=@nix" "compress=zstd" "noatime" ]; }
    { device = "/dev/disk/by-label/nixos"; mountPoint = "/home"; type = "btrfs"; options = [ "subvol=@home" "compress=zstd" "noatime" ]; }
  ];
  loader = systemdBoot;
}
