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
  readonly uuid: string;
  readonly label?: string;
}): readonly string[] {
  return [`UUID=${step.uuid}${step.label === undefined ? "" : `  LABEL=${step.label}`}`];
}

/** The command that reads the signatures of a device, and changes nothing. */
function readCommand(device: string): readonly string[] {
  return ["wipefs", "--json", device];
}

/**
 * In what a device differs from what it is to carry; `undefined` when it carries just that. Further signatures of the
 * same superblock, such as the second of FAT, are no difference.
 */
export async function signatureDifference(
  expected: ExpectedSignature,
  context: StepContext,
): Promise<string | undefined> {
  const { device, type, uuid, label } = expected;
  const { stdout } = await context.exec(readCommand(device), { object: device });
  const found = parseWipefs(stdout, [{ path: device, size: 0 }]).filter(
    (signature) => signature.type === type,
  );
  const [first] = found;
  if (first === undefined) return `${device} carries no ${type}`;
  if (uuid !== undefined && first.uuid !== uuid) {
    return `the ${type} on ${device} has the UUID ${first.uuid ?? "none"} instead of ${uuid}`;
  }
  if (label !== undefined && first.label !== label) {
    return `the ${type} on ${device} has the label ${first.label ?? "none"} instead of ${label}`;
  }
  return undefined;
}
