# UEFI: ESP, a partition named root with LUKS, whose passphrase is typed on the console, root in it.
{ esp, rootExt4, systemdBoot, ... }: {
  luksDevices.cryptroot.device = "/dev/disk/by-partlabel/root";
  fileSystems = [ esp rootExt4 ];
  loader = systemdBoot;
}
