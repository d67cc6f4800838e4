# UEFI: ESP on the first disk, a btrfs labelled nixos over two disks.
{ esp, systemdBoot, ... }: {
  fileSystems = [
    esp
    { device = "/dev/disk/by-label/nixos"; mountPoint = "/"; type = "btrfs"; options = [ "noatime" ]; }
  ];
  loader = systemdBoot;
}
