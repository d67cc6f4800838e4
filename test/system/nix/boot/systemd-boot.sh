# Installs systemd-boot and writes an entry for every generation, as nixpkgs' systemd-boot-builder does.
# $1: the toplevel to boot by default, as its store path.
export PATH=@path@
esp=@efiSysMountPoint@
canTouchEfiVariables=@canTouchEfiVariables@
graceful=@graceful@
toplevel=$1

die() {
  echo "$*" >&2
  exit 1
}

findmnt --mountpoint "$esp" > /dev/null || die "efiSysMountPoint = '$esp' is not a mounted partition. Is the path configured correctly?"

machineId=
if [ -e /etc/machine-id ]; then
  read -r machineId < /etc/machine-id || die "IndexError: /etc/machine-id is empty"
fi

bootctlFlags=("--esp-path=$esp")
[ "$canTouchEfiVariables" = 1 ] || bootctlFlags+=(--no-variables)
[ "$graceful" != 1 ] || bootctlFlags+=(--graceful)
if [ "${NIXOS_INSTALL_BOOTLOADER:-}" = 1 ]; then
  rm -f "$esp/loader/loader.conf"
  @systemdBoot@/bin/bootctl "${bootctlFlags[@]}" install
else
  # Exits 1 when the loader on the ESP is as new as this one.
  @systemdBoot@/bin/bootctl "${bootctlFlags[@]}" update || [ $? -eq 1 ]
fi
mkdir -p "$esp/EFI/nixos" "$esp/loader/entries"

declare -A known
# Puts a file of the store on the ESP under its store path's name, once.
copyFromStore() {
  local source name
  source=$(readlink -f "$1")
  name=${source#/nix/store/}
  copied=/EFI/nixos/${name//\//-}.efi
  known[$esp$copied]=1
  [ -e "$esp$copied" ] && return
  cp "$source" "$esp$copied.tmp"
  sync "$esp$copied.tmp"
  mv "$esp$copied.tmp" "$esp$copied"
}

# Writes the entry of one bootspec: its JSON, the entry's name, its title.
writeEntry() {
  local bootspec=$1 name=$2 title=$3 generation=$4 kernel initrd init parameters secrets label
  IFS=$'\t' read -r kernel initrd init parameters secrets label <<< "$(jq -r '."org.nixos.bootspec.v1"
    | [.kernel, .initrd, .init, (.kernelParams | join(" ")), .initrdSecrets, .label] | join("\t")' <<< "$bootspec")"
  copyFromStore "$kernel"
  local linuxPath=$copied
  copyFromStore "$initrd"
  local initrdPath=$copied
  if [ -n "$secrets" ] && ! "$secrets" "$esp$initrdPath"; then
    [ "${init%/init}" != "$toplevel" ] || die "failed to create initrd secrets for the default generation"
    echo "warning: failed to create initrd secrets for \"$title\"" >&2
  fi
  local entry=$esp/loader/entries/$name.conf
  {
    echo "title $title"
    echo "sort-key nixos"
    echo "version Generation $generation $label"
    echo "linux $linuxPath"
    echo "initrd $initrdPath"
    echo "options init=$init $parameters"
    [ -z "$machineId" ] || echo "machine-id $machineId"
  } > "$entry.tmp"
  sync "$entry.tmp"
  mv "$entry.tmp" "$entry"
  known[$entry]=1
  if [ "${init%/init}" = "$toplevel" ]; then default=$name.conf; fi
}

default=
generations=$(@nix@/bin/nix-env --list-generations -p /nix/var/nix/profiles/system)
[ -n "$generations" ] || die "no system generations found"
while read -r generation _; do
  bootspec=$(< "/nix/var/nix/profiles/system-$generation-link/boot.json")
  writeEntry "$bootspec" "nixos-generation-$generation" NixOS "$generation"
  while read -r specialisation; do
    [ -n "$specialisation" ] || continue
    writeEntry "$(jq --arg name "$specialisation" '."org.nixos.specialisation.v1"[$name]' <<< "$bootspec")" \
      "nixos-generation-$generation-specialisation-$specialisation" "NixOS ($specialisation)" "$generation"
  done <<< "$(jq -r '."org.nixos.specialisation.v1" // {} | keys[]' <<< "$bootspec")"
done <<< "$generations"

{
  echo "timeout @timeout@"
  [ -z "$default" ] || echo "default $default"
  echo "console-mode keep"
  echo "editor 1"
} > "$esp/loader/loader.conf.tmp"
sync "$esp/loader/loader.conf.tmp"
mv "$esp/loader/loader.conf.tmp" "$esp/loader/loader.conf"

for file in "$esp"/EFI/nixos/* "$esp"/loader/entries/nixos*; do
  [ ! -e "$file" ] || [ -n "${known[$file]:-}" ] || rm -f "$file"
done
sync --file-system "$esp"
