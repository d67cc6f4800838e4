# BIOS: a GPT with a BIOS boot partition, /boot labelled boot; a volume group vg over two disks with the volumes root, thin
# (a thin pool), home (thin, in it) and data (RAID1).
{ grub, ... }: {
  lvm = true;
  fileSystems = [
    { device = "/dev/disk/by-label/boot"; mountPoint = "/boot"; type = "ext4"; }
    { device = "/dev/vg/root"; mountPoint = "/"; type = "ext4"; }
    { device = "/dev/vg/home"; mountPoint = "/home"; type = "ext4"; }
    { device = "/dev/vg/data"; mountPoint = "/var/lib/data"; type = "ext4"; }
  ];
  loader = grub;
}
