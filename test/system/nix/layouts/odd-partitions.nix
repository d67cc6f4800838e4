# UEFI: a disk with 4096-byte sectors: ESP, root, and partitions named "data one", "data two" and "what is left" with ext4.
{ esp, rootExt4, systemdBoot, ... }: {
  fileSystems = [
    esp
    rootExt4
    { device = "/dev/disk/by-partlabel/data\\x20one"; mountPoint = "/data/one"; type = "ext4"; }
    { device = "PARTLABEL=data two"; mountPoint = "/data/two"; type = "ext4"; }
    { device = "PARTLABEL=what is left"; mountPoint = "/data/rest"; type = "ext4"; }
  ];
  loader = systemdBoot;
}
