# UEFI: ESP, a partition named root with LUKS, whose passphrase is typed on the console, in it the volume group vg with the
# volumes root, swap and home.
{ esp, systemdBoot, ... }: {
  luksDevices.cryptlvm.device = "/dev/disk/by-partlabel/root";
  lvm = true;
  fileSystems = [
    esp
    { device = "/dev/vg/root"; mountPoint = "/"; type = "ext4"; }
    { device = "/dev/vg/home"; mountPoint = "/home"; type = "ext4"; }
  ];
  swapDevices = [ { device = "/dev/vg/swap"; } ];
  loader = systemdBoot;
}
