# UEFI: ESP, file systems labelled nix and persist; root is in memory.
{ esp, systemdBoot, ... }: {
  fileSystems = [
    { device = "none"; mountPoint = "/"; type = "tmpfs"; options = [ "mode=755" "size=50%" ]; }
    esp
    { device = "/dev/disk/by-label/nix"; mountPoint = "/nix"; type = "ext4"; options = [ "noatime" ]; }
    { device = "/dev/disk/by-label/persist"; mountPoint = "/persist"; type = "ext4"; neededForBoot = true; }
  ];
  loader = systemdBoot;
}
