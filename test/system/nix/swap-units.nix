# The services that give swap with `randomEncryption` a new key at every boot, as NixOS's swap module makes them.
{ lib, packages, fileSystemTable, swapDevices }:
let
  p = packages;
  encrypted = builtins.filter (each: each.mapping != null) (fileSystemTable.swaps swapDevices);
  service = each: "mkswap-${each.mapping}.service";
  swapUnit = each: "${fileSystemTable.escapePath each.swap}.swap";
  script = each: lib.script p.bash "unit-script-mkswap-start" ''
    set -e
    ${p.cryptsetup-bin}/bin/cryptsetup plainOpen -c aes-xts-plain64 -d /dev/urandom ${each.device} ${each.mapping}
    ${p.util-linux}/bin/mkswap ${each.swap}
  '';
  byName = name: value: builtins.listToAttrs (map (each: { name = name each; value = value each; }) encrypted);
in
{
  units = byName service (each: ''
    [Unit]
    Description=Initialisation of swap device ${each.device}
    DefaultDependencies=no
    BindsTo=${fileSystemTable.escapePath each.device}.device
    After=${fileSystemTable.escapePath each.device}.device
    Before=${swapUnit each} shutdown.target
    Conflicts=shutdown.target

    [Service]
    Type=oneshot
    RemainAfterExit=yes
    ExecStart=${script each}
    ExecStop=${p.cryptsetup-bin}/bin/cryptsetup luksClose ${each.mapping}
  '');
  wants = byName swapUnit (each: [ (service each) ]);
}
