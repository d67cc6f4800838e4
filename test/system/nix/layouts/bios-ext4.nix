# BIOS: a GPT with a BIOS boot partition, root.
{ rootExt4, grub, ... }: {
  fileSystems = [ rootExt4 ];
  loader = grub;
}
