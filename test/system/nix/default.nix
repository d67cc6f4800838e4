# The systems the tests install, and what goes into the portable stores.
let
  index = builtins.fromJSON (builtins.readFile /products/packages.json);
  lib = import ./lib.nix;
  packages = import ./debian.nix { inherit lib index; };
  linux = import ./kernel.nix { inherit lib index; };
  system = import ./system.nix { inherit lib packages linux; };
  root = { device = "/dev/disk/by-label/nixos"; mountPoint = "/"; type = "ext4"; };
in
{
  uefi = system {
    variant = "uefi";
    fileSystems = [
      root
      { device = "/dev/disk/by-label/ESP"; mountPoint = "/boot"; type = "vfat"; options = [ "fmask=0077" "dmask=0077" ]; }
    ];
    loader.name = "systemd-boot";
    specialisations.verbose.kernelParams = [ "systemd.log_level=info" ];
  };

  bios = system {
    variant = "bios";
    fileSystems = [ root ];
    swapDevices = [ "/dev/disk/by-label/swap" ];
    loader.name = "grub";
  };

  nix = packages.nix-bin;
  cacert = (import ./cacert.nix { inherit lib packages; });
}
