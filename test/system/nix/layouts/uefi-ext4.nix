# UEFI: ESP, root.
{ esp, rootExt4, systemdBoot, ... }: {
  fileSystems = [ esp rootExt4 ];
  loader = systemdBoot;
}
