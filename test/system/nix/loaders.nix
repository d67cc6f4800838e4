# `installBootLoader` of the installed system, by the loader's name.
{ lib, packages }:
let
  p = packages;
  path = lib.binPath [ p.coreutils p.util-linux p.mount p.findutils p.grep p.sed p.gawk p.diffutils p.jq ];
in
{
  systemd-boot = { efiSysMountPoint ? "/boot", canTouchEfiVariables ? true, graceful ? false, timeout ? 0 }:
    lib.script p.bash "install-systemd-boot.sh" (''
      set -euo pipefail
    '' + lib.substitute ./boot/systemd-boot.sh {
      inherit path efiSysMountPoint timeout;
      nix = p.nix-bin;
      systemdBoot = p.systemd-boot;
      canTouchEfiVariables = if canTouchEfiVariables then "1" else "0";
      graceful = if graceful then "1" else "0";
    });

  grub = { devices ? [ "/dev/disk/by-id/virtio-landfall-main" ], bootPath ? "/boot", timeout ? 0 }:
    lib.script p.bash "install-grub.sh" (''
      set -euo pipefail
    '' + lib.substitute ./boot/grub.sh {
      inherit bootPath timeout;
      path = "${path}:${lib.binPath [ p.grub-common p.grub2-common ]}";
      grub = p.grub2-common;
      grubPc = p.grub-pc-bin;
      version = "2.06";
      devices = lib.words devices;
    });
}
