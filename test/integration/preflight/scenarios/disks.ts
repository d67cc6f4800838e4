import type { Scenarios } from "./scenario.ts";
import { disk, sound } from "./storage-tables.ts";

const blankPartitions = 'partition = [{ name = "data" }]';

/** What is the matter with the disks that a manifest names. */
export const diskScenarios: Scenarios = {
  "a disk that is not there, and one that is a partition": {
    storage: [sound, disk("missing", blankPartitions), disk("table-part1", blankPartitions)].join(
      "",
    ),
    live: { disks: ["main", "table"] },
    findings: ["preflight/disk-not-found", "preflight/disk-not-whole"],
  },
  "a description that fits two disks, and one disk for two, once by the kernel's name": {
    storage: [
      sound,
      `[disk.any]\nmatch = { "max-size" = "1GiB" }\n${blankPartitions}\n`,
      `[disk.again]\ndevice = "/dev/sdy"\nwipe = true\n${blankPartitions}\n`,
    ].join(""),
    live: { disks: ["main", "second"], diskNames: { main: "sdy", second: "sdz" } },
    findings: [
      "preflight/disk-ambiguous",
      "preflight/disk-name-unstable",
      "preflight/disk-named-twice",
    ],
  },
  "a disk that is read-only": {
    live: { before: 'blockdev --setro "$MAIN"' },
    findings: ["preflight/disk-read-only"],
  },
  "a disk that is mounted, and may not be wiped": {
    storage: sound.replace("wipe = true\n", ""),
    live: { before: 'mount -o ro,noload "$MAIN" /media' },
    findings: ["preflight/disk-in-use"],
    says: [/^ +mounted on \/media$/m],
  },
  "a disk that holds something, and may not be wiped": {
    storage: sound.replace("wipe = true\n", ""),
    findings: ["preflight/disk-not-empty"],
    says: [/ext4 "precious"/],
  },
  "disks of which a wipefs that is too old tells nothing": {
    live: { before: 'mount --bind /bin/false "$(command -v wipefs)"' },
    findings: ["preflight/disk-unreadable"],
  },
  "partitions that do not fit": {
    storage: sound.replace('{ name = "root" }', '{ name = "root", size = "9GiB" }'),
    findings: ["preflight/disk-layout"],
  },
  "one of the disks of a volume group": {
    storage: `${sound}${disk("member", "wipe = true", blankPartitions)}`,
    live: { disks: ["main", "member", "partner"] },
    findings: ["preflight/disk-group"],
  },
  "a volume group of which a disk is not there": {
    storage: `${sound}${disk("member", "wipe = true", blankPartitions)}`,
    live: { disks: ["main", "member"] },
    findings: ["preflight/disk-group-incomplete"],
  },
};
