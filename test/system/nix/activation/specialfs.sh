specialMount() {
  local device=$1 mountPoint=$2 options=$3 type=$4
  if mountpoint -q "$mountPoint"; then
    options=remount,$options
  else
    mkdir -p "$mountPoint"
    chmod 0755 "$mountPoint"
  fi
  mount -t "$type" -o "$options" "$device" "$mountPoint"
}
specialMount proc /proc nosuid,noexec,nodev proc
specialMount tmpfs /run nosuid,nodev,mode=755,size=25% tmpfs
specialMount devtmpfs /dev nosuid,mode=755 devtmpfs
specialMount tmpfs /dev/shm nosuid,nodev,mode=1777 tmpfs
specialMount devpts /dev/pts nosuid,noexec,mode=620,ptmxmode=0666,gid=3 devpts
specialMount ramfs /run/keys nosuid,nodev,mode=750 ramfs
mountpoint -q /sys || specialMount sysfs /sys nosuid,noexec,nodev sysfs
