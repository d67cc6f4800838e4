# Packages whose programs are in the path of the installed system. The first one that has a name wins.
{ packages, forServers }:
let
  always = [
    "bash" "coreutils" "findutils" "grep" "sed" "gawk" "util-linux" "mount" "hostname" "procps" "jq" "systemd" "systemd-boot"
    "udev" "kmod" "login" "passwd" "efibootmgr" "e2fsprogs" "dosfstools" "btrfs-progs" "xfsprogs" "cryptsetup-bin" "lvm2"
    "dmsetup" "mdadm" "fdisk" "nix-bin"
  ];
  onServers = [
    "diffutils" "util-linux-extra" "psmisc" "less" "ncurses-bin" "gzip" "xz-utils" "zstd" "bzip2" "tar" "cpio" "dbus-bin"
    "grub2-common" "grub-common" "gdisk" "parted" "openssl" "openssh-server" "openssh-client" "curl" "wget" "rsync"
    "iproute2" "iputils-ping" "nftables" "ethtool" "tcpdump" "socat" "htop" "lsof" "strace" "tmux" "nano" "vim-tiny" "bc"
    "file" "tree" "pv" "dnsmasq-base" "chrony" "pciutils" "usbutils" "smartmontools" "hdparm" "acl" "attr" "lz4" "unzip"
    "zip" "sqlite3" "ncdu" "mtr-tiny" "net-tools" "iptables" "conntrack" "iperf3" "patch" "time" "whois" "screen" "keyutils"
    "nvme-cli"
  ];
in
map (name: packages.${name}) (always ++ (if forServers then onServers else [ ]))
