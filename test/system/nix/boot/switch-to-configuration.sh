# What switch-to-configuration-ng of nixpkgs does, as far as it can be seen from outside: the environment, the checks, the
# lock, the boot loader.
export PATH=@path@

die() {
  echo "$*" >&2
  exit 1
}

for variable in OUT TOPLEVEL DISTRO_ID INSTALL_BOOTLOADER PRE_SWITCH_CHECK LOCALE_ARCHIVE SYSTEMD; do
  [ -n "${!variable+set}" ] || die "Error: missing environment variable $variable"
done
action=${1:-}
case $action in
  switch | boot | test | dry-activate) ;;
  *)
    cat >&2 <<USAGE
Usage: ${0##*/} [switch|boot|test|dry-activate]

switch:       make the configuration the boot default and activate it
boot:         make the configuration the boot default
test:         activate the configuration, but don't make it the boot default
dry-activate: show what would be done if this configuration were activated
USAGE
    exit 1
    ;;
esac

osRelease=$(cat /etc/os-release) || die "Error: Failed to read /etc/os-release"
if [ ! -e /etc/NIXOS ] && ! grep -qxE "ID=\"?$DISTRO_ID\"?" <<< "$osRelease"; then
  die "This is not a NixOS installation!"
fi

mkdir -p -m 0755 /run/nixos
exec {lock}> /run/nixos/switch-to-configuration.lock
flock --exclusive --nonblock "$lock" || die "Error: Could not acquire lock"

# The system log: the local socket, then syslog over TCP, then over UDP, which fails only without a loopback address.
if ! logger --socket-errors=on --tag nixos "switching to system configuration $TOPLEVEL" 2> /dev/null &&
  ! (exec 3<> /dev/tcp/127.0.0.1/601) 2> /dev/null &&
  ! (exec 3<> /dev/udp/127.0.0.1/514) 2> /dev/null; then
  die "Error: Failed to initialize logger"
fi

if [ "${NIXOS_NO_CHECK:-}" != 1 ]; then
  "$PRE_SWITCH_CHECK" "$TOPLEVEL" "$action" || die "Pre-switch checks failed"
fi

if [ "$action" = switch ] || [ "$action" = boot ]; then
  NIXOS_ACTION=$action "$INSTALL_BOOTLOADER" "$TOPLEVEL" || die "Failed to install bootloader"
fi
[ "${NIXOS_NO_SYNC:-}" = 1 ] || sync --file-system /nix/store

case $action in
  boot) exit 0 ;;
  dry-activate) exec "$OUT/dry-activate" ;;
esac
if ! cmp -s "$TOPLEVEL/init-interface-version" /run/current-system/init-interface-version; then
  echo "Warning: the new NixOS configuration has an ‘init’ that is incompatible with the current configuration" >&2
  exit 100
fi
"$OUT/activate"
"$SYSTEMD/bin/systemctl" daemon-reload
