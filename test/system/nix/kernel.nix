# A kernel, and those of its modules that are used: by systems on virtual disks, and `forServers` also by what finds
# common hardware, networks and a firewall.
{ lib, package, forServers }:
let
  inherit (package) deb version;
  directories = [
    "arch/x86/crypto" "crypto" "drivers/block" "drivers/char/virtio_console.ko" "drivers/md" "drivers/virtio" "lib"
  ] ++ (if forServers then [
    "drivers/ata" "drivers/cdrom" "drivers/char/hw_random" "drivers/dax" "drivers/net/net_failover.ko"
    "drivers/net/virtio_net.ko" "drivers/nvme" "drivers/scsi" "fs" "net/core" "net/ipv6" "net/netfilter" "net/packet"
    "net/unix"
  ] else [
    "fs/autofs" "fs/btrfs" "fs/configfs" "fs/efivarfs" "fs/ext4" "fs/f2fs" "fs/fat" "fs/fuse" "fs/jbd2" "fs/mbcache.ko"
    "fs/nls" "fs/overlayfs" "fs/quota" "fs/xfs"
  ]);
  dropped = [
    "fs/ceph" "fs/nfs" "fs/nfsd" "fs/cifs" "fs/smb" "fs/ocfs2" "fs/gfs2" "fs/afs" "fs/dlm" "fs/reiserfs" "fs/jfs"
    "fs/ubifs" "fs/nilfs2" "fs/ntfs3" "fs/ntfs" "fs/hfs" "fs/hfsplus" "fs/orangefs" "fs/lockd" "fs/coda" "fs/udf"
  ];
in
rec {
  inherit version;
  kernel = lib.run "linux-${version}" { inherit deb; } ''
    mkdir -p "$out" tree
    dpkg-deb --fsys-tarfile "$deb" | tar -x -C tree --wildcards './boot/*'
    mv tree/boot/vmlinuz-* "$out/bzImage"
    mv tree/boot/config-* "$out/config"
  '';

  modules = lib.run "linux-${version}-modules" { inherit deb; directories = lib.words directories; dropped = lib.words dropped; } ''
    mkdir tree
    dpkg-deb --fsys-tarfile "$deb" | tar -x --no-same-owner -C tree ./lib/modules
    release=$(ls tree/lib/modules)
    from=$PWD/tree/lib/modules/$release
    into=$out/lib/modules/$release
    mkdir -p "$into/kernel"
    cd "$from/kernel"
    rm -rf $dropped
    for directory in $directories; do
      [ ! -e "$directory" ] || cp -a --parents "$directory" "$into/kernel/"
    done
    cp "$from"/modules.{builtin,builtin.modinfo,order} "$into/"
    depmod --basedir "$out" "$release"
  '';
}
