import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the machine that is installed, and the live system it runs. */
export const machineKinds = {
  "preflight/memory": {
    severity: "error",
    isAllowable: true,
    meaning: "Less memory is available than the smallest install takes.",
  },
  "preflight/program-missing": {
    severity: "error",
    isAllowable: false,
    meaning: "The live system lacks a program that a step runs.",
  },
  "preflight/kernel-module-missing": {
    severity: "error",
    isAllowable: true,
    meaning: "The live system's kernel lacks a module that a step needs.",
  },
  "preflight/mount-root": {
    severity: "error",
    isAllowable: false,
    meaning: "The directory that the new system is mounted on is taken, or closed to other users.",
  },
  "preflight/portable-store": {
    severity: "error",
    isAllowable: false,
    meaning: "The tarball of the portable store cannot be read.",
  },
  "preflight/file-lost": {
    severity: "error",
    isAllowable: false,
    meaning: "A file that the install reads lies on a disk that it wipes.",
  },
  "preflight/selinux-enforcing": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "SELinux is enforcing on the live system and may keep programs of the new system from running.",
  },
  "preflight/clock-behind": {
    severity: "error",
    isAllowable: true,
    meaning:
      "The clock is earlier than something that exists already, so that signatures and certificates cannot be judged.",
  },
  "preflight/clock-off": {
    severity: "warning",
    isAllowable: true,
    meaning:
      "The clock differs from that of a cache by more than certificates and file times bear.",
  },
} as const satisfies FindingKinds;
