# UEFI: ESP, a partition named root with LUKS, in it a btrfs labelled nixos with the subvolumes @, @nix and @home. The key
# is the first 4096 bytes of a second disk, landfall-key.
{ esp, systemdBoot, ... }: {
  luksDevices.cryptroot = {
    device = "/dev/disk/by-partlabel/root";
    keyFile = "/dev/disk/by-id/virtio-landfall-key";
    keyFileSize = 4096;
  };
  fileSystems = [
    esp
    { device = "/dev/disk/by-label/nixos"; mountPoint = "/"; type = "btrfs"; options = [ "subvol=@" "compress=zstd" "noatime" ]; }
    { device = "/dev/disk/by-label/nixos"; mountPoint = "/nix"; type = "btrfs"; options = [ "subvol=@nix" "compress=zstd" "noatime" ]; }
    { device = "/dev/disk/by-label/nixos"; mountPoint = "/home"; type = "btrfs"; options = [ "subvol=@home" "compress=zstd" "noatime" ]; }
  ];
  loader = systemdBoot;
}
