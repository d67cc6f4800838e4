import * as v from "valibot";
import { InstallerError } from "../../errors.ts";
import type { Memory } from "../../facts/facts.ts";
import type { SecretUse } from "../../run/step.ts";
import { described, inJsonSchema } from "../../values/described.ts";
import { labelFor } from "../../values/label.ts";
import { deviceReference } from "../../values/names.ts";
import { secretSource } from "../../values/secret.ts";
import { formatSize, GiB, MiB, parseSize, size } from "../../values/size.ts";
import { deterministicUuid } from "../identifiers.ts";
import { type LuksHeader, luksDataOffset } from "../luks/cryptsetup.ts";
import { type LuksStep, luksStep } from "../luks/luks-step.ts";
import { originOf } from "../made-new.ts";
import { identifiersOf } from "../outcome.ts";
import { verifyKept } from "../probe.ts";
import type { PlanContext, PlannedDevice, StorageObject } from "../storage-object.ts";

/** The key slots of a LUKS2 header. */
const mostKeySlots = 32;

/** The most memory cryptsetup lets a key take (cryptsetup-luksFormat(8), `--pbkdf`), and what it takes by default. */
const mostPbkdfMemory = 4 * GiB;
const defaultPbkdfMemory = GiB;

const expectedKeySize = "expected a multiple of 8 bits from 128 to 1024";

const schema = v.pipe(
  v.strictObject({
    device: described(deviceReference, 'The one device that it encrypts, such as "main.crypt".'),
    passphrase: described(
      v.optional(secretSource),
      "What is typed when the system boots: key slot 0. It must not end in a newline. Default: none.",
    ),
    keys: described(
      v.optional(
        v.pipe(
          v.array(secretSource),
          v.maxLength(mostKeySlots - 1, `expected at most ${mostKeySlots - 1} keys`),
        ),
        [],
      ),
      "Further key slots, of any bytes: key files.",
    ),
    label: described(v.optional(labelFor("LUKS2", 47)), "At most 47 bytes. Default: none."),
    cipher: described(
      v.optional(
        v.pipe(
          v.string(),
          v.regex(
            /^[a-z0-9][a-z0-9_,():-]*$/,
            "expected a cipher as cryptsetup takes it, such as aes-xts-plain64",
          ),
        ),
        "aes-xts-plain64",
      ),
      "The cipher, as cryptsetup takes it.",
    ),
    "key-size": described(
      v.optional(
        v.pipe(
          v.number(),
          v.multipleOf(8, expectedKeySize),
          v.minValue(128, expectedKeySize),
          v.maxValue(1024, expectedKeySize),
        ),
      ),
      "Bits of the volume key, both halves of XTS together. Default: 512 for XTS, else 256.",
    ),
    pbkdf: described(
      v.optional(v.picklist(["argon2id", "argon2i", "pbkdf2"]), "argon2id"),
      "How secrets are stretched. GRUB can open only pbkdf2.",
    ),
    "pbkdf-memory": described(
      v.optional(
        v.pipe(
          size,
          v.check((text) => {
            const bytes = parseSize(text) ?? 0;
            return bytes % 1024 === 0 && 32 * 1024 <= bytes && bytes <= mostPbkdfMemory;
          }, "expected whole KiB from 32KiB to 4GiB"),
        ),
      ),
      "The most memory that stretching may take. Default: a quarter of the machine's, at most 1GiB.",
    ),
    "allow-discards": described(
      v.optional(v.boolean(), false),
      "Whether what file systems free is passed on to the disk, now and at every boot. It shows outsiders what is free.",
    ),
    format: described(
      v.optional(v.boolean()),
      "Whether it is made new. Default: true, but false on partitions with keep = true, where its header stays.",
    ),
  }),
  v.partialCheck(
    [["passphrase"], ["keys"]],
    ({ passphrase, keys }) => passphrase !== undefined || keys.length > 0,
    "expected `passphrase` or `keys`: nothing else could open it",
  ),
  inJsonSchema({ anyOf: [{ required: ["passphrase"] }, { required: ["keys"] }] }),
  v.forward(
    v.partialCheck(
      [["pbkdf"], ["pbkdf-memory"]],
      (table) => table.pbkdf !== "pbkdf2" || table["pbkdf-memory"] === undefined,
      "expected none: pbkdf2 takes no memory",
    ),
    ["pbkdf-memory"],
  ),
);

type LuksTable = v.InferOutput<typeof schema>;

/**
 * The memory that opening may take, in bytes: at most a quarter of the machine's, since the initrd that opens it must
 * have as much free, and at most half of what the live system has left.
 */
export function pbkdfMemory({ total, available }: Memory): number {
  return Math.floor(Math.min(defaultPbkdfMemory, total / 4, available / 2) / MiB) * MiB;
}

function plannedHeader(
  name: string,
  table: LuksTable,
  device: PlannedDevice,
  memory: Memory,
): LuksHeader {
  const { cipher, pbkdf } = table;
  const wanted = parseSize(table["pbkdf-memory"] ?? "") ?? pbkdfMemory(memory);
  if (pbkdf !== "pbkdf2" && wanted > memory.total) {
    throw new InstallerError(
      "refused",
      `luks.${name} would take ${formatSize(wanted)} of memory to open, but this machine has ${formatSize(memory.total)}`,
      {
        object: `luks.${name}.pbkdf-memory`,
        finding: "preflight/luks-memory",
        hint: "Leave out pbkdf-memory.",
      },
    );
  }
  return {
    cipher,
    keySize: table["key-size"] ?? (cipher.includes("-xts-") ? 512 : 256),
    // Larger sectors than the disk's would make file systems with smaller blocks unusable.
    sectorSize: device.sectorSize,
    pbkdf,
    ...(pbkdf === "pbkdf2" ? {} : { pbkdfMemory: wanted }),
  };
}

/** The secrets that open a device, in the order of its key slots. @param isNew Whether it is made. Pure. */
export function luksSecrets(
  name: string,
  { passphrase, keys }: Pick<LuksTable, "passphrase" | "keys">,
  isNew: boolean,
): SecretUse[] {
  const object = `luks.${name}`;
  return [
    ...(passphrase === undefined
      ? []
      : [
          {
            source: passphrase,
            object: `${object}.passphrase`,
            kind: "passphrase" as const,
            isNew,
          },
        ]),
    ...keys.map((source, index) => ({
      source,
      object: `${object}.keys[${index}]`,
      kind: "key" as const,
      isNew,
    })),
  ];
}

/** Bytes that are left for the mapping. @throws {InstallerError} `refused` when there are none. */
function mappingSize(name: string, { reference, size: bytes, sectorSize }: PlannedDevice): number {
  const left = Math.floor((bytes - luksDataOffset) / sectorSize) * sectorSize;
  if (left > 0) return left;
  throw new InstallerError(
    "refused",
    `luks.${name}: ${reference} has ${formatSize(bytes)}, and the header alone takes ${formatSize(luksDataOffset)}`,
    {
      object: `luks.${name}`,
      finding: "preflight/device-too-small",
      hint: `Make ${reference} larger.`,
    },
  );
}

/**
 * Refuses a name that a mapping has already, unless that lies on disks that are wiped: it is closed before.
 *
 * @throws {InstallerError} `refused`
 */
function refuseTakenName(name: string, { facts, ownDisks }: PlanContext): void {
  const isClosed = facts.disks.some(
    ({ path, holders }) =>
      ownDisks.includes(path) &&
      holders.some((holder) => holder.kind === "device-mapper" && holder.name === name),
  );
  if (isClosed || !facts.mappings.includes(name)) return;
  throw new InstallerError("refused", `there is a mapping /dev/mapper/${name} already`, {
    object: `luks.${name}`,
    finding: "preflight/name-taken",
    hint: `Close it (cryptsetup close ${name}), or choose another name.`,
  });
}

/** `[luks.NAME]`: an encrypted device, opened as `/dev/mapper/NAME` (cryptsetup(8)). */
export const luks: StorageObject<typeof schema, LuksStep> = {
  table: "luks",
  kind: {
    what: "a LUKS mapping",
    madeOn: "device",
    gives: () => "itself",
    canStay: true,
    refusesName: (name) =>
      name === "control" ? "/dev/mapper/control is how programs talk to device-mapper" : undefined,
    mapperName: (name) => name,
    hiddenFromGrub: ({ pbkdf }) =>
      pbkdf === "pbkdf2" ? undefined : 'which GRUB can open only with pbkdf = "pbkdf2"',
  },
  schema,
  programs: ["cryptsetup", "wipefs"],
  kernelModules: ["dm-mod", "dm-crypt"],
  gives: (name) => [name],
  madeOn: ({ device }) => [device],
  plan: (name, table, context) => {
    const object = `luks.${name}`;
    const device = context.device(table.device);
    refuseTakenName(name, context);
    const origin = originOf(object, table.format, device);
    const isNew = origin === "this-run";
    const left = mappingSize(name, device);
    const step: LuksStep = {
      kind: "luks",
      id: `luks/${name}`,
      name,
      device: device.path,
      ...(isNew ? { header: plannedHeader(name, table, device, context.facts.memory) } : {}),
      ...(origin === "others" ? {} : { uuid: deterministicUuid(device.seed, object) }),
      ...(table.label === undefined ? {} : { label: table.label }),
      keys: luksSecrets(name, table, isNew),
      allowDiscards: table["allow-discards"],
      size: left,
    };
    if (!isNew) verifyKept(object, { ...step, type: "crypto_LUKS" }, context.facts);
    const mapping: PlannedDevice = {
      ...device,
      reference: name,
      path: `/dev/mapper/${name}`,
      size: left,
      kept: origin === "others",
      made: origin === "earlier-run",
      isEfiSystemPartition: false,
    };
    return { steps: [step], devices: [mapping] };
  },
  outcome: (step) => {
    const { device, name, header, size: bytes } = step;
    const isNew = header !== undefined;
    return {
      contents: [{ device, type: "crypto_LUKS", isNew, ...identifiersOf(step) }],
      devices: [{ path: `/dev/mapper/${name}`, size: bytes, on: [device], isNew }],
    };
  },
  step: luksStep,
};
