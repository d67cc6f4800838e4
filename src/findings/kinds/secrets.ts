import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the secrets that the manifest names. */
export const secretKinds = {
  "preflight/secret-missing": {
    severity: "error",
    isAllowable: false,
    meaning: "A secret cannot be had: its file cannot be read, or its variable is not set.",
  },
  "preflight/secret-no-terminal": {
    severity: "error",
    isAllowable: false,
    meaning: "A secret is to be typed, and there is no terminal to ask for it on.",
  },
  "preflight/secret-unusable": {
    severity: "error",
    isAllowable: false,
    meaning:
      "A secret is there, and is none that can be used: empty, too long, or a passphrase that ends in a newline.",
  },
  "preflight/secret-not-typable": {
    severity: "warning",
    isAllowable: true,
    meaning: "A passphrase is there that may be impossible to type when the system boots.",
  },
} as const satisfies FindingKinds;
