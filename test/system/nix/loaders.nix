# `installBootLoader` of the installed system, by the loader's name. The arguments are named as NixOS names its options.
{ lib, packages }:
let
  p = packages;
  path = lib.binPath [ p.coreutils p.util-linux p.mount p.findutils p.grep p.sed p.gawk p.diffutils p.jq ];
  flag = condition: if condition then "1" else "0";
in
{
  # `relaxEspChecks`: bootctl takes an ESP that is no partition of a GPT, such as an array of them.
  systemd-boot = { efiSysMountPoint ? "/boot", canTouchEfiVariables ? true, graceful ? false, relaxEspChecks ? false, timeout ? 0 }:
    lib.script p.bash "install-systemd-boot.sh" (''
      set -euo pipefail
      ${if relaxEspChecks then "export SYSTEMD_RELAX_ESP_CHECKS=1" else ""}
    '' + lib.substitute ./boot/systemd-boot.sh {
      inherit path efiSysMountPoint timeout;
      nix = p.nix-bin;
      systemdBoot = p.systemd-boot;
      canTouchEfiVariables = flag canTouchEfiVariables;
      graceful = flag graceful;
    });

  # Every entry of `mirroredBoots` is an installation of its own: { path; devices; efiSysMountPoint ? none, for BIOS only }.
  # GRUB for UEFI is put where firmware looks on a disk it does not know (efiInstallAsRemovable).
  grub = { mirroredBoots ? [ { path = "/boot"; devices = [ "/dev/disk/by-id/virtio-landfall-main" ]; } ], timeout ? 0 }:
    let
      install = boot: lib.script p.bash "install-grub" (''
        set -euo pipefail
      '' + lib.substitute ./boot/grub.sh {
        inherit timeout;
        # udevadm tells grub-install where a partition begins on disks without a geometry, such as loop devices.
        path = "${path}:${lib.binPath [ p.grub-common p.grub2-common p.udev ]}";
        bootPath = boot.path;
        devices = lib.words boot.devices;
        efiSysMountPoint = boot.efiSysMountPoint or "";
        grub = p.grub2-common;
        grubPc = p.grub-pc-bin;
        grubEfi = if boot ? efiSysMountPoint then p.grub-efi-amd64-bin else "";
        version = "2.06";
      });
    in
    lib.script p.bash "install-grub.sh" (''
      set -euo pipefail
      ${lib.lines (map (boot: "${install boot} \"$@\"") mirroredBoots)}
    '');
}
