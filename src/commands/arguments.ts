import type { ReportFormat } from "../run/terminal/reporter.ts";

/** Arguments of every command that reads a manifest. */
export const manifestArguments = {
  manifest: {
    type: "string",
    alias: "m",
    required: true,
    valueHint: "FILE",
    description: "The manifest: a path, an http(s) URL, or - for standard input",
  },
  "manifest-sha256": {
    type: "string",
    valueHint: "HEX",
    description: "SHA-256 the manifest must have; required for a plain http URL",
  },
} as const;

/** Arguments of the commands that look at a target. */
export const targetArguments = {
  root: {
    type: "string",
    default: "/mnt",
    valueHint: "DIR",
    description: "Where the new system's file systems are mounted while it is installed",
  },
} as const;

/** Arguments of the commands that run steps. */
export const runArguments = {
  "log-format": {
    type: "enum" as const,
    options: ["auto", "plain", "json"] as ReportFormat[],
    default: "auto" as const,
    description: "A live list on a terminal and lines elsewhere, lines, or one event per line",
  },
  "log-file": {
    type: "string" as const,
    valueHint: "FILE",
    description: "Where to keep the log [/var/log/landfall.log, else /run, else /tmp]",
  },
  profile: {
    type: "boolean" as const,
    description: "Say at the end where the time of the pull went",
  },
};

/** The argument of the command that destroys data. */
export const consentArgument = {
  yes: {
    type: "boolean" as const,
    alias: "y",
    description: "Ask nothing: what the manifest allows to wipe is wiped",
  },
};

/** Arguments for a machine that an earlier run has installed. */
export const againArguments = {
  reinstall: {
    type: "boolean" as const,
    description: "Begin anew, even if an earlier run finished: every disk needs wipe = true",
  },
  repair: {
    type: "boolean" as const,
    description: "Look whether what was installed is whole, and mend its store and its boot files",
  },
};

/** The argument of the commands that print data. */
export const formatArgument = {
  format: {
    type: "enum" as const,
    options: ["text", "json"] as ("text" | "json")[],
    default: "text" as const,
    description: "For people, or for programs",
  },
};
