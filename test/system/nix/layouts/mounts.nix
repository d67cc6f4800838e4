# UEFI: ESP, root, and file systems labelled persist, a, ab and abc, mounted in each other and not listed in that order. The
# one labelled absent is not there.
{ esp, rootExt4, systemdBoot, ... }: {
  fileSystems = [
    { device = "/dev/disk/by-label/abc"; mountPoint = "/a/b/c"; type = "ext4"; options = [ "nodev" "nosuid" ]; }
    { device = "/persist/srv"; mountPoint = "/srv"; type = "none"; options = [ "bind" ]; }
    { device = "/dev/disk/by-label/a"; mountPoint = "/a"; type = "ext4"; options = [ "noatime" ]; }
    { device = "/dev/disk/by-label/absent"; mountPoint = "/absent"; type = "ext4"; options = [ "nofail" "x-systemd.device-timeout=1s" ]; }
    { device = "/dev/disk/by-label/persist"; mountPoint = "/persist"; type = "ext4"; }
    { device = "tmpfs"; mountPoint = "/scratch"; type = "tmpfs"; options = [ "mode=1777" "size=64M" ]; }
    { device = "/dev/disk/by-label/ab"; mountPoint = "/a/b"; type = "ext4"; options = [ "ro" ]; }
    esp
    rootExt4
  ];
  loader = systemdBoot;
}
