import * as v from "valibot";
import type { StepData } from "../../run/step.ts";
import { described } from "../../values/described.ts";
import { labelFor } from "../../values/label.ts";
import { makeKeys } from "../file-systems/file-system-type.ts";
import { deterministicUuid } from "../identifiers.ts";
import { identifiersOf, onEach } from "../outcome.ts";
import { eraseCommand, identifierDetails, verifyKept } from "../probe.ts";
import { poolKind } from "../storage-kind.ts";
import { type StorageObject, storageStep } from "../storage-object.ts";
import { planMembers, pooledDevice, poolMembers } from "./pool.ts";

const schema = v.strictObject({
  devices: poolMembers,
  label: described(v.optional(labelFor("bcachefs", 32)), "At most 32 bytes. Default: none."),
  ...makeKeys,
});

/** Makes a bcachefs on devices. */
export interface BcachefsStep extends StepData {
  readonly kind: "bcachefs";
  /** As in the manifest: `root` of `[bcachefs.root]`. */
  readonly name: string;
  readonly devices: readonly string[];
  /** Whether it is made new; else nothing is made. */
  readonly format: boolean;
  /** Left out for one that others made, which has its own. */
  readonly uuid?: string;
  readonly label?: string;
  readonly mkfsOptions: readonly string[];
}

function commands(step: BcachefsStep): readonly (readonly string[])[] {
  const { devices, format, uuid, label, mkfsOptions } = step;
  if (!format || uuid === undefined) return [];
  return [
    ...devices.map(eraseCommand),
    [
      "bcachefs",
      "format",
      "--quiet",
      "--force",
      `--uuid=${uuid}`,
      ...(label === undefined ? [] : [`--fs_label=${label}`]),
      ...mkfsOptions,
      ...devices,
    ],
  ];
}

/** How often data is stored, as `bcachefs format` is told. */
function replicas(mkfsOptions: readonly string[]): number {
  const given = mkfsOptions.map((word) => /^--(?:data_)?replicas=(\d+)$/.exec(word)?.[1]);
  return Math.max(1, ...given.filter((count) => count !== undefined).map(Number));
}

/** `[bcachefs.NAME]`: bcachefs on one device or several (bcachefs(8)). */
export const bcachefs: StorageObject<typeof schema, BcachefsStep> = {
  table: "bcachefs",
  kind: {
    ...poolKind("a bcachefs file system", "bcachefs"),
    hiddenFromGrub: () => "which GRUB cannot read",
  },
  schema,
  programs: ["bcachefs", "wipefs"],
  kernelModules: ["bcachefs"],
  gives: (name) => [name],
  madeOn: ({ devices }) => devices,
  plan: (name, table, context) => {
    const object = `bcachefs.${name}`;
    const { members, origin } = planMembers(object, table, context);
    const format = origin === "this-run";
    const { label } = table;
    const mkfsOptions = table["mkfs-options"] ?? [];
    const step: BcachefsStep = {
      kind: "bcachefs",
      id: `bcachefs/${name}`,
      name,
      devices: members.map(({ path }) => path),
      format,
      ...(origin === "others" ? {} : { uuid: deterministicUuid(members[0]?.seed ?? "", object) }),
      ...(label === undefined ? {} : { label }),
      mkfsOptions,
    };
    for (const { path } of origin === "others" ? members : []) {
      verifyKept(object, { ...step, device: path, type: "bcachefs" }, context.facts);
    }
    const total = members.reduce((sum, { size }) => sum + size, 0);
    const size = total / replicas(mkfsOptions);
    // The kernel takes all devices as one source (bcachefs(8), mount).
    const path = step.devices.join(":");
    return {
      steps: [step],
      devices: [pooledDevice(name, { type: "bcachefs", path, size, members, origin })],
    };
  },
  outcome: (step) => ({
    contents: onEach(step.devices, {
      type: "bcachefs",
      isNew: step.format,
      ...identifiersOf(step),
      ...(step.devices.length === 1 ? {} : { group: step.name }),
    }),
    devices: [],
    source: step.devices.join(":"),
  }),
  step: storageStep<BcachefsStep>({
    kind: "bcachefs",
    writesDisk: true,
    describe: ({ devices, format, label }) => {
      const named = label === undefined ? "" : ` (label ${label})`;
      return `${format ? "Make" : "Keep the"} bcachefs on ${devices.join(", ")}${named}`;
    },
    commands,
    programs: () => ["bcachefs"],
    details: identifierDetails,
    kernelModules: () => ["bcachefs"],
    // wipefs knows bcachefs only since util-linux 2.39.
    difference: async ({ devices, uuid }, context) => {
      for (const device of devices) {
        const { stdout } = await context.exec(["bcachefs", "show-super", device], {
          object: device,
        });
        if (uuid !== undefined && !stdout.includes(uuid)) {
          return `the bcachefs on ${device} has another UUID than ${uuid}`;
        }
      }
      return undefined;
    },
    make: async (step, context) => {
      for (const argv of commands(step))
        await context.exec(argv, { object: `bcachefs.${step.name}` });
    },
  }),
};
