# UEFI: ESP, root on f2fs. The kernel is that of Debian's that has it.
{ esp, systemdBoot, ... }: {
  kernel = "generic";
  fileSystems = [ esp { device = "/dev/disk/by-label/nixos"; mountPoint = "/"; type = "f2fs"; } ];
  loader = systemdBoot;
}
