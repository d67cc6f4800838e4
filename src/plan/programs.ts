/** Every program of the live system that some step runs, looked up beforehand so that what is missing is known. */
export const stepPrograms = [
  "blkid",
  "blockdev",
  "chroot",
  "mkfs.ext4",
  "mkfs.vfat",
  "mkswap",
  "mount",
  "partx",
  "sfdisk",
  "swapoff",
  "swapon",
  "udevadm",
  "wipefs",
] as const;
