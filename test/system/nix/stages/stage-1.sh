#!/bin/sh
# Stage 1: assembles, unlocks and activates what the root file system is on, in the order of NixOS, mounts what /etc/fstab
# of the initrd says, and hands over to the init= of the command line.
export PATH=/bin
deviceTimeout=30 # seconds
memberTimeout=5 # seconds

mount -t proc -o nosuid,noexec,nodev proc /proc
mount -t sysfs -o nosuid,noexec,nodev sysfs /sys
mount -t devtmpfs -o nosuid,mode=0755 devtmpfs /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts devpts /dev/pts
ln -s /proc/self/fd /dev/fd
ln -s fd/0 /dev/stdin
ln -s fd/1 /dev/stdout
ln -s fd/2 /dev/stderr
mount -t tmpfs -o nosuid,nodev,mode=0755,size=25% tmpfs /run
exec < /dev/console > /dev/console 2>&1

init=
resume=
for argument in $(cat /proc/cmdline); do
  case $argument in
    init=*) init=${argument#init=} ;;
    resume=*) resume=${argument#resume=} ;;
  esac
done

fail() {
  echo "stage 1: $1"
  case " $(cat /proc/cmdline) " in *" boot.shell_on_fail "*) sh ;; esac
  echo "stage 1: rebooting in 5 seconds"
  sleep 5
  reboot -f
}

echo
echo "<<< NixOS Stage 1 >>>"
echo
mkdir -p /lib
ln -s @modulesClosure@/lib/modules /lib/modules
echo /bin/modprobe > /proc/sys/kernel/modprobe
builtin=" $(cat @modulesClosure@/builtin)"
for module in @kernelModules@; do
  case $builtin in *" $module "*) continue ;; esac
  modprobe "$module" || echo "stage 1: module $module failed"
done

mkdir -p /run/udev /run/lock
systemd-udevd --daemon --resolve-names=never
udevadm trigger --type=subsystems --action=add
udevadm trigger --type=devices --action=add
udevadm settle

uptime() { cut -d . -f 1 /proc/uptime; }

# The device node of an fstab field; the links are udev's.
devicePath() {
  case $1 in
    LABEL=*) echo "/dev/disk/by-label/${1#*=}" ;;
    UUID=*) echo "/dev/disk/by-uuid/${1#*=}" ;;
    PARTLABEL=*) echo "/dev/disk/by-partlabel/${1#*=}" ;;
    PARTUUID=*) echo "/dev/disk/by-partuuid/${1#*=}" ;;
    *) echo "$1" ;;
  esac
}

# Virtual file systems have no device; anything else may take its time to appear.
waitForDevice() {
  case $1 in /dev/*) ;; *) return 0 ;; esac
  deadline=$(($(uptime) + deviceTimeout))
  while [ ! -e "$1" ]; do
    [ "$(uptime)" -lt "$deadline" ] || fail "device $1 did not appear within $deviceTimeout seconds"
    sleep 0.1
  done
}

# udev's rules start an array when all its members are there. One that misses some for too long is started without them.
assembleArrays() {
  deadline=$(($(uptime) + memberTimeout))
  while grep -q '^md.* : inactive' /proc/mdstat; do
    if [ "$(uptime)" -ge "$deadline" ]; then
      echo "stage 1: starting arrays that miss members"
      mdadm --incremental --run --scan
      break
    fi
    sleep 0.1
  done
  udevadm settle
}

[ ! -x /bin/mdadm ] || assembleArrays
@preLVMCommands@
[ ! -x /bin/lvm ] || lvm vgchange --activate y
udevadm settle

# The kernel reads the image of a system that was suspended to disk, if there is one.
if [ -n "$resume" ] && [ -e /sys/power/resume ]; then
  device=$(devicePath "$resume")
  waitForDevice "$device"
  device=$(readlink -f "$device")
  cat "/sys/class/block/${device##*/}/dev" > /sys/power/resume
fi

while read -r field mountPoint type options; do
  device=$(devicePath "$field")
  case $options in *bind*) device=/mnt-root$device ;; esac
  waitForDevice "$device"
  mkdir -p "/mnt-root$mountPoint"
  mount -t "$type" -o "$options" "$device" "/mnt-root$mountPoint" || fail "$device could not be mounted on $mountPoint"
done < /etc/fstab

udevadm control --exit
[ -n "$init" ] || fail "the kernel command line has no init="
[ -x "/mnt-root$init" ] || [ -L "/mnt-root$init" ] || fail "stage 2 init script ($init) not found"
for directory in proc sys dev run; do
  mkdir -p "/mnt-root/$directory"
  mount --move "/$directory" "/mnt-root/$directory"
done
exec env -i TERM="${TERM:-linux}" /bin/switch_root /mnt-root "$init"
