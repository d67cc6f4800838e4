# UEFI: two disks with an ESP each, labelled ESP and ESP2, and root on an array (RAID1) over both. Boots from either disk
# alone: GRUB, its menu and the kernels are on both ESPs.
{ esp, rootExt4, ... }: {
  swraid = true;
  fileSystems = [
    rootExt4
    (esp // { options = esp.options ++ [ "nofail" "x-systemd.device-timeout=30s" ]; })
    (esp // {
      device = "/dev/disk/by-label/ESP2";
      mountPoint = "/boot-fallback";
      options = esp.options ++ [ "nofail" "x-systemd.device-timeout=30s" ];
    })
  ];
  loader = {
    name = "grub";
    arguments.mirroredBoots = [
      { path = "/boot"; devices = [ "nodev" ]; efiSysMountPoint = "/boot"; }
      { path = "/boot-fallback"; devices = [ "nodev" ]; efiSysMountPoint = "/boot-fallback"; }
    ];
  };
}
