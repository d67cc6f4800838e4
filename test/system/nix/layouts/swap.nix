# UEFI: ESP, root, a swap partition, which is also the resume device, a partition named scratch for swap with a new key at
# every boot, a swap file.
{ esp, rootExt4, systemdBoot, ... }: {
  fileSystems = [ esp rootExt4 ];
  swapDevices = [
    { device = "/dev/disk/by-uuid/c737e2c1-3753-585c-a929-251729a161d8"; } # swap.resume
    { device = "/var/swapfile"; }
    { device = "/dev/disk/by-partlabel/scratch"; randomEncryption = true; }
  ];
  kernelParams = [ "resume=UUID=c737e2c1-3753-585c-a929-251729a161d8" ];
  loader = systemdBoot;
}
