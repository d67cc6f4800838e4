import type { Scenarios } from "./scenario.ts";
import { luksOn, rootOn } from "./storage-tables.ts";

/** What is the matter with the secrets that a manifest names. */
export const secretScenarios: Scenarios = {
  "a variable that is not set, a key that is empty, and nobody to ask": {
    storage: rootOn(
      "cryptroot",
      luksOn("cryptroot", "main.root", 'keys = [{ file = "/dev/null" }]').replace(
        "LANDFALL_PASSPHRASE",
        "LANDFALL_NOT_SET",
      ),
      luksOn("other", "main.other").replace(/\{ env.*\}/, '{ prompt = "Passphrase" }'),
    ).replace("16MiB", "30MiB"),
    findings: [
      "preflight/boot-unreadable",
      "preflight/luks-not-opened",
      "preflight/secret-missing",
      "preflight/secret-no-terminal",
      "preflight/secret-unusable",
    ],
  },
  "a passphrase that nobody can type": {
    system: {
      fstab: "LABEL=nixos / ext4 defaults 0 1\n",
      initrdCommands: ["cryptsetup luksOpen /dev/disk/by-partlabel/root cryptroot"],
    },
    storage: rootOn("cryptroot", luksOn("cryptroot", "main.root", 'pbkdf = "pbkdf2"')),
    live: { before: "LANDFALL_PASSPHRASE=$(printf 'two\\twords')" },
    findings: ["preflight/secret-not-typable"],
  },
};
