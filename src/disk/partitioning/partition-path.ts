/**
 * The kernel's node of a partition: the disk's name and the number, with a `p` between them where the name ends in a
 * digit (`disk_name` in the kernel's `block/partitions/core.c`).
 *
 * @param disk The kernel's node of the disk, no link: `/dev/vda`, `/dev/nvme0n1`.
 *
 * @example
 * ```ts
 * partitionPath("/dev/nvme0n1", 2); // /dev/nvme0n1p2
 * ```
 */
export function partitionPath(disk: string, number: number): string {
  return `${disk}${/\d$/.test(disk) ? "p" : ""}${number}`;
}
