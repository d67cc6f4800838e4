# UEFI: ESP on the first disk, an array named root (RAID1 over two disks) with LUKS, whose passphrase is typed on the
# console, root in it.
{ esp, rootExt4, systemdBoot, ... }: {
  swraid = true;
  luksDevices.cryptroot.device = "/dev/disk/by-uuid/ecea227e-784e-54b3-9949-e0601f5a3e81"; # luks.cryptroot
  fileSystems = [ esp rootExt4 ];
  loader = systemdBoot;
}
