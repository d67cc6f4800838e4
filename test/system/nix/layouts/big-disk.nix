# UEFI: a disk of more than 2 TiB: ESP, root, and behind the second TiB an xfs labelled data.
{ esp, rootExt4, systemdBoot, ... }: {
  fileSystems = [
    esp
    rootExt4
    { device = "/dev/disk/by-label/data"; mountPoint = "/data"; type = "xfs"; }
  ];
  loader = systemdBoot;
}
