# BIOS: an msdos table, root.
{ rootExt4, grub, ... }: {
  fileSystems = [ rootExt4 ];
  loader = grub;
}
