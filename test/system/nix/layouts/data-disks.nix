# UEFI: ESP and root on the first disk, file systems labelled data on the second and archive on the third. The installer makes
# the one and only mounts the other; a fourth disk is nobody's.
{ esp, rootExt4, systemdBoot, ... }: {
  fileSystems = [
    esp
    rootExt4
    { device = "/dev/disk/by-label/data"; mountPoint = "/data"; type = "ext4"; }
    { device = "/dev/disk/by-label/archive"; mountPoint = "/archive"; type = "ext4"; }
  ];
  loader = systemdBoot;
}
