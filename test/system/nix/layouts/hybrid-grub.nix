# Both firmwares: a GPT with a BIOS boot partition, ESP, root. GRUB for either firmware, its menu and the kernels are on the
# ESP.
{ esp, rootExt4, ... }: {
  fileSystems = [ esp rootExt4 ];
  loader = {
    name = "grub";
    arguments.mirroredBoots = [
      { path = "/boot"; devices = [ "/dev/disk/by-id/virtio-landfall-main" ]; efiSysMountPoint = "/boot"; }
    ];
  };
}
