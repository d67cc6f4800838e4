# Stage 2: the store as it must be, activation, and systemd.
systemConfig=@out@
export HOME=/root PATH=@path@

echo
echo "<<< NixOS Stage 2 >>>"
echo
mount -n -o remount,rw /
[ -e /proc/1 ] || mount -t proc -o nosuid,noexec,nodev proc /proc
install -m 0755 -d /etc /nix/var/nix/gcroots
install -m 01777 -d /tmp

chown -f 0:30000 /nix/store
chmod -f 1775 /nix/store
if ! findmnt --noheadings --output OPTIONS --mountpoint /nix/store | grep -qE '(^|,)ro(,|$)'; then
  mount --bind /nix/store /nix/store
  mount -o remount,ro,bind /nix/store
fi

# The loader of kernel modules looks here (see debian.nix).
ln -sfn /run/booted-system/kernel-modules/lib/modules /run/modules
ln -sfn "$systemConfig" /run/booted-system

echo "running activation script..."
"$systemConfig/activate"
ln -sfn /run/booted-system /nix/var/nix/gcroots/booted-system
[ -e /etc/machine-id ] || : > /etc/machine-id

echo "starting systemd..."
exec env -i PATH="$PATH" LOCALE_ARCHIVE=/run/current-system/sw/lib/locale/locale-archive \
  @systemd@/lib/systemd/systemd
