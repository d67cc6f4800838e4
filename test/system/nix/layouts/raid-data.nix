# UEFI: four disks; arrays of partitions of them for the ESP (RAID1, metadata 1.0), root (RAID10), and file systems labelled
# data0 (RAID0) and data5 (RAID5).
{ esp, rootExt4, ... }: {
  swraid = true;
  fileSystems = [
    esp
    rootExt4
    { device = "/dev/disk/by-label/data0"; mountPoint = "/data0"; type = "ext4"; }
    { device = "/dev/disk/by-label/data5"; mountPoint = "/data5"; type = "ext4"; }
  ];
  loader = {
    name = "systemd-boot";
    arguments = { canTouchEfiVariables = false; relaxEspChecks = true; };
  };
}
