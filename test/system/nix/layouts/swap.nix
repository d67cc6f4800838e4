# UEFI: ESP, root, a swap partition, which is also the resume device, a partition named random for swap with a new key at
# every boot, a swap file.
{ esp, rootExt4, systemdBoot, ... }: {
  fileSystems = [ esp rootExt4 ];
  swapDevices = [
    { device = "/dev/disk/by-uuid/ee94bdf5-9ebf-53a1-a024-98716e1c31c1"; } # swap.main
    { device = "/var/swapfile"; }
    { device = "/dev/disk/by-partlabel/random"; randomEncryption = true; }
  ];
  kernelParams = [ "resume=UUID=ee94bdf5-9ebf-53a1-a024-98716e1c31c1" ];
  loader = systemdBoot;
}
