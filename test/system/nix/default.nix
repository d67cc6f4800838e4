# The systems the tests install, and what goes into the portable stores.
let
  index = builtins.fromJSON (builtins.readFile /products/packages.json);
  lib = import ./lib.nix;
  packages = import ./debian.nix { inherit lib index; };
  kernels = forServers: {
    cloud = import ./kernel.nix { inherit lib forServers; package = index.linux-cloud; };
    generic = import ./kernel.nix { inherit lib forServers; package = index.linux-generic; };
  };

  server = import ./system.nix {
    inherit lib packages;
    kernels = kernels true;
    forServers = true;
  };
  small = import ./system.nix {
    inherit lib;
    packages = import ./debian.nix { inherit lib index; withUnicodeData = false; };
    kernels = kernels false;
    forServers = false;
  };

  root = { device = "/dev/disk/by-label/nixos"; mountPoint = "/"; type = "ext4"; };
  initrdModules = [ "nvme" "virtio_scsi" "sd_mod" ];
in
{
  uefi = server {
    inherit initrdModules;
    variant = "uefi";
    fileSystems = [
      root
      { device = "/dev/disk/by-label/ESP"; mountPoint = "/boot"; type = "vfat"; options = [ "fmask=0077" "dmask=0077" ]; }
    ];
    loader.name = "systemd-boot";
    specialisations.verbose.kernelParams = [ "systemd.log_level=info" ];
  };

  bios = server {
    inherit initrdModules;
    variant = "bios";
    fileSystems = [ root ];
    swapDevices = [ { device = "/dev/disk/by-label/swap"; } ];
    loader.name = "grub";
  };

  # As `bios`, without swap and with 1.2 GB in its closure.
  large = server {
    inherit initrdModules;
    variant = "large";
    fileSystems = [ root ];
    loader.name = "grub";
    etc.ballast = import ./ballast.nix { inherit lib packages; linux = (kernels true).cloud; };
  };

  layouts = import ./layouts.nix { system = small; };

  nix = packages.nix-bin;
  cacert = (import ./cacert.nix { inherit lib packages; });
}
