import * as v from "valibot";
import { described } from "../../values/described.ts";
import { bytes, diskSchema } from "./disk-schema.ts";

/*
 * What `installer plan --format json` prints. `docs/plan.schema.json` is made of it. A field keeps its name and meaning
 * as long as `version` stays; fields may be added.
 */

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const findingSchema = v.strictObject({
  id: described(v.string(), "Stable; see docs/findings.md."),
  severity: v.picklist(["error", "warning", "note"]),
  object: described(v.string(), "What it is about: `disk.main`, a store path, a cache."),
  message: v.string(),
  hint: described(v.exactOptional(v.string()), "What to do about it."),
});

const mountSchema = v.strictObject({
  mountPoint: described(v.string(), "As the installed system sees it."),
  source: described(v.string(), "A device, `tmpfs`, a dataset; of a bind mount a directory."),
  type: v.string(),
  options: described(v.array(v.string()), "Those it is mounted with during the install."),
  isOptional: described(v.boolean(), "Whether the install goes on without it (`nofail`)."),
});

const swapSchema = v.strictObject({
  device: described(v.exactOptional(v.string()), "The node of the device."),
  file: described(v.exactOptional(v.string()), "Or the file, as the installed system sees it."),
  size: described(v.exactOptional(bytes), "Of the file."),
});

const closureSchema = v.strictObject({
  pathCount: count,
  downloadSize: described(bytes, "Bytes to download, as far as the caches tell."),
  narSize: described(bytes, "Bytes of all paths unpacked, as NARs count them."),
  caches: described(
    v.array(v.strictObject({ url: v.string(), pathCount: count, downloadSize: bytes })),
    "Each cache or store of the manifest, and what comes from it.",
  ),
  paths: described(
    v.array(
      v.strictObject({
        path: v.string(),
        cache: described(v.string(), "As in `caches`."),
        downloadSize: bytes,
        narSize: bytes,
      }),
    ),
    "Every path, after those it refers to.",
  ),
});

const toolSchema = v.strictObject({
  name: v.string(),
  from: v.picklist(["live-system", "portable-store"]),
  path: described(v.exactOptional(v.string()), "Where it is."),
  version: described(
    v.exactOptional(v.string()),
    "Left out where it does not tell, or is not there yet.",
  ),
  neededBy: described(v.array(v.string()), "The objects of the manifest whose steps run it."),
});

const inputOf = {
  command: described(count, "Which of `commands`, counted from 0."),
  descriptor: described(
    count,
    "The file descriptor on which the command has it: 0 is standard input.",
  ),
};

const inputSchema = v.union([
  v.strictObject({ ...inputOf, text: described(v.string(), "All that it reads there.") }),
  v.strictObject({
    ...inputOf,
    secret: described(
      v.string(),
      "The key of the manifest that names the secret, as in `secrets`. Never the secret itself.",
    ),
  }),
]);

const stepSchema = v.strictObject({
  id: described(v.string(), "Unique in the plan, and the same in every plan for this manifest."),
  kind: v.string(),
  title: described(v.string(), "One line, imperative."),
  details: described(v.array(v.string()), "What the title leaves out, such as identifiers."),
  writesDisk: v.boolean(),
  commands: described(
    v.array(v.array(v.string())),
    "The exact commands in order, each as its arguments. Secrets are never among them.",
  ),
  inputs: described(v.array(inputSchema), "What these commands read besides their arguments."),
});

/** The schema of a plan as data. */
export const planSchema = v.strictObject({
  version: described(v.literal(1), "Of this schema."),
  toplevel: described(v.string(), "Store path of the system."),
  root: described(v.string(), "Where the target is mounted while it is installed."),
  earlierRun: described(
    v.picklist(["none", "unfinished", "made"]),
    "What an earlier run of this manifest has left on its disks: nothing; something that is made anew; or all that is to be there, which is kept. An install that was finished is found when the disks are opened, and nothing is done then.",
  ),
  findings: described(
    v.array(findingSchema),
    "What is known beforehand: warnings, and notes. A plan with errors is refused.",
  ),
  disks: described(v.array(diskSchema), "Every disk of the machine, those of the manifest first."),
  mounts: described(v.array(mountSchema), "In the order in which they are mounted."),
  swaps: v.array(swapSchema),
  closure: closureSchema,
  files: described(
    v.array(
      v.strictObject({
        object: described(v.string(), "The key of the manifest: `portable-store.tarball`."),
        source: described(v.string(), "A path, an address, or `standard input`."),
        sha256: described(v.exactOptional(v.string()), "What it must have, in hexadecimal."),
      }),
    ),
    "What is read besides the system's closure.",
  ),
  secrets: described(
    v.array(
      v.strictObject({
        object: described(v.string(), "The key of the manifest: `luks.cryptroot.passphrase`."),
        source: described(v.string(), "Where it comes from, in words. Never the secret itself."),
      }),
    ),
    "What is read before the first step.",
  ),
  tools: described(
    v.array(toolSchema),
    "The programs that steps run, in the order in which they are first run; not those of the new system.",
  ),
  boot: v.strictObject({
    firmware: v.picklist(["uefi", "bios"]),
    efiVariables: described(v.boolean(), "Whether the boot loader may write the firmware's."),
    loader: described(
      v.picklist(["systemd-boot", "grub", "extlinux", "none", "other"]),
      "The one that the system installs; `other` where no module of NixOS makes its script.",
    ),
    espMountPoints: described(
      v.array(v.string()),
      "Where it expects EFI system partitions to be mounted, as far as the system tells.",
    ),
    devices: described(
      v.array(v.string()),
      "Of GRUB: the devices to which it is written for a BIOS, as the system names them.",
    ),
  }),
  finish: described(v.picklist(["reboot", "poweroff", "none"]), "What happens at the end."),
  steps: described(v.array(stepSchema), "Everything that is done, in order."),
});

/** A plan as data. */
export type PlanDocument = v.InferOutput<typeof planSchema>;
