import { InstallerError } from "../errors.ts";
import type { Facts, Signature } from "../facts/facts.ts";
import { parseWipefs } from "../facts/signatures.ts";
import type { StepContext } from "../run/step.ts";

/** What a device is to carry: its signature as wipefs(8) names it, and identifiers. */
export interface ExpectedSignature {
  /** The node of the device. */
  readonly device: string;
  /** `ext4`, `crypto_LUKS`, `linux_raid_member` … */
  readonly type: string;
  readonly uuid?: string;
  readonly label?: string;
}

/** How a plan shows the identifiers of what is made on a device. */
export function identifierDetails(step: {
  readonly uuid?: string;
  readonly label?: string;
}): readonly string[] {
  const identifiers = [
    ...(step.uuid === undefined ? [] : [`UUID=${step.uuid}`]),
    ...(step.label === undefined ? [] : [`LABEL=${step.label}`]),
  ];
  return identifiers.length === 0 ? [] : [identifiers.join("  ")];
}

/** The command that reads the signatures of a device, and changes nothing. */
function readCommand(device: string): readonly string[] {
  return ["wipefs", "--json", device];
}

/** Erases every signature of a device, so that nothing older shines through what is made on it (wipefs(8)). */
export function eraseCommand(device: string): readonly string[] {
  return ["wipefs", "--all", "--quiet", device];
}

/** In what the signatures of a device differ from what it is to carry. */
function compareSignatures(
  signatures: readonly Signature[],
  { device, type, uuid, label }: ExpectedSignature,
): string | undefined {
  const first = signatures.find((signature) => signature.type === type);
  if (first === undefined) {
    const others = [...new Set(signatures.map((signature) => signature.type))];
    return `${device} carries no ${type}${others.length === 0 ? "" : `, but ${others.join(", ")}`}`;
  }
  if (uuid !== undefined && first.uuid !== uuid) {
    return `the ${type} on ${device} has the UUID ${first.uuid ?? "none"} instead of ${uuid}`;
  }
  if (label !== undefined && first.label !== label) {
    return `the ${type} on ${device} has the label ${first.label ?? "none"} instead of ${label}`;
  }
  return undefined;
}

/** Everything that a device carries now. */
export async function signaturesOn(device: string, context: StepContext): Promise<Signature[]> {
  const { stdout } = await context.exec(readCommand(device), { object: device });
  return parseWipefs(stdout, [{ path: device, size: 0 }]);
}

/**
 * In what a device differs from what it is to carry; `undefined` when it carries just that. Further signatures of the
 * same superblock, such as the second of FAT, are no difference.
 */
export async function signatureDifference(
  expected: ExpectedSignature,
  context: StepContext,
): Promise<string | undefined> {
  return compareSignatures(await signaturesOn(expected.device, context), expected);
}

/**
 * Looks at what is kept again, right before it is used: it may have changed since the plan was made.
 *
 * @param object The object of the manifest that is kept.
 * @throws {InstallerError} `disk`
 */
export async function recheckKept(
  object: string,
  expected: ExpectedSignature,
  context: StepContext,
): Promise<void> {
  const found = await signatureDifference(expected, context);
  if (found === undefined) return;
  throw new InstallerError("disk", `${object} is to be kept, but ${found}`, {
    object,
    finding: "preflight/kept-mismatch",
    hint: "It is left as it is. Set format = true to have it made new.",
  });
}

/**
 * Refuses to keep what is not there: the device of the manifest must carry what it is said to. What cannot be known
 * beforehand, such as the content of a mapping that is not open, is left to {@link signatureDifference}. Pure.
 *
 * @param object The object of the manifest that is kept: `filesystem."/home"`.
 * @throws {InstallerError} `refused`
 */
export function verifyKept(object: string, expected: ExpectedSignature, facts: Facts): void {
  const disk = facts.disks.find(({ path, partitions }) =>
    [path, ...partitions.map((partition) => partition.path)].includes(expected.device),
  );
  if (disk?.signatures === undefined) return;
  const carried = disk.signatures.filter(({ device }) => device === expected.device);
  const found = compareSignatures(carried, expected);
  if (found === undefined) return;
  throw new InstallerError("refused", `it is to be kept, but ${found}`, {
    object,
    finding: "preflight/kept-mismatch",
    hint: "Say in the manifest what is there, or set format = true to have it made new, which destroys what is there.",
  });
}
