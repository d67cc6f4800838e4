# Both firmwares: a GPT with a BIOS boot partition, an ESP that is mounted on /boot/efi, root.
{ esp, rootExt4, ... }: {
  fileSystems = [ rootExt4 (esp // { mountPoint = "/boot/efi"; }) ];
  loader = {
    name = "grub";
    arguments.mirroredBoots = [
      { path = "/boot"; devices = [ "/dev/disk/by-id/virtio-landfall-main" ]; efiSysMountPoint = "/boot/efi"; }
    ];
  };
}
