# Puts a toplevel together.
mkdir -p "$out/bin" "$out/specialisation"
ln -s "$kernel/bzImage" "$out/kernel"
ln -s "$initrd/initrd" "$out/initrd"
ln -s "$modules" "$out/kernel-modules"
ln -s "$firmware/lib/firmware" "$out/firmware"
ln -s "$etc/etc" "$out/etc"
ln -s "$systemPath" "$out/sw"
ln -s "$systemd" "$out/systemd"
printf '%s' "$kernelParams" > "$out/kernel-params"
printf '%s' "$version" > "$out/nixos-version"
printf '%s' x86_64-linux > "$out/system"
printf '%s' "systemd 2" > "$out/init-interface-version"
printf '' > "$out/configuration-name"
printf '' > "$out/extra-dependencies"
printf '{}' > "$out/switch-inhibitors"

install -m 0555 "$activatePath" "$out/activate"
install -m 0555 "$stage2Path" "$out/init"
install -m 0555 "$appendSecretsPath" "$out/append-initrd-secrets"
sed -i "s|@out@|$out|g" "$out/activate" "$out/init"
bash -n "$out/activate"
bash -n "$out/init"

cat > "$out/dry-activate" <<SCRIPT
#!$bash/bin/bash
echo "would activate the configuration $out"
SCRIPT
cat > "$out/bin/switch-to-configuration" <<SCRIPT
#!$bash/bin/bash -e
export OUT='$out'
export TOPLEVEL='$out'
export DISTRO_ID='nixos'
export INSTALL_BOOTLOADER='$installBootLoader'
export PRE_SWITCH_CHECK='$preSwitchCheck'
export LOCALE_ARCHIVE='$systemPath/lib/locale/locale-archive'
export SYSTEMD='$systemd'
exec '$switchToConfiguration' "\$@"
SCRIPT
chmod 0555 "$out/dry-activate" "$out/bin/switch-to-configuration"

read -ra names <<< "$specialisationNames"
read -ra paths <<< "$specialisationPaths"
nested='{}'
for index in "${!names[@]}"; do
  ln -s "${paths[index]}" "$out/specialisation/${names[index]}"
  nested=$("$jq" --arg name "${names[index]}" --slurpfile spec "${paths[index]}/boot.json" '. + { ($name): $spec[0] }' <<< "$nested")
done
"$jq" --argjson nested "$nested" '. + { "org.nixos.specialisation.v1": $nested }' "$bootspecPath" > "$out/boot.json"
