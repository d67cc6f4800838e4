import { InstallerError } from "../../errors.ts";
import type { CommandInput, SecretUse, StepContext, StepData } from "../../run/step.ts";
import { describeSecret } from "../../values/secret.ts";
import { identifierDetails, signatureDifference } from "../probe.ts";
import { storageStep } from "../storage-object.ts";
import {
  addKeyCommand,
  formatCommand,
  type LuksHeader,
  type NewLuks,
  openCommand,
  secondKeyDescriptor,
  testCommand,
} from "./cryptsetup.ts";
import { closeMapping, findMapping } from "./mapping.ts";

/** Makes a LUKS header on a device unless it has one, and opens it until the end of the run. */
export interface LuksStep extends StepData {
  readonly kind: "luks";
  /** The name of the mapping: `cryptroot` of `/dev/mapper/cryptroot`. */
  readonly name: string;
  /** The node of the device. */
  readonly device: string;
  /** The header to make; left out where there is one that stays. */
  readonly header?: LuksHeader;
  /** Left out for a header that others made, which has its own. */
  readonly uuid?: string;
  readonly label?: string;
  /** What opens it: as many key slots in this order, if the header is made. */
  readonly keys: readonly SecretUse[];
  readonly allowDiscards: boolean;
  /** Bytes of the mapping; of a header that stays, what it is at least expected to leave. */
  readonly size: number;
}

function newLuks(step: LuksStep, header: LuksHeader): NewLuks {
  const { device, uuid = "", label } = step;
  return { ...header, device, uuid, ...(label === undefined ? {} : { label }) };
}

function testCommands({ device, header, keys }: LuksStep): string[][] {
  return keys.map((_, slot) => testCommand(device, header === undefined ? undefined : slot));
}

function openStepCommand({ device, name, allowDiscards, header }: LuksStep): string[] {
  const discards = header === undefined ? "now" : "always";
  return openCommand(device, name, allowDiscards ? discards : "no");
}

function commands(step: LuksStep): string[][] {
  const { header, keys } = step;
  const luks = header === undefined ? undefined : newLuks(step, header);
  return [
    ...(luks === undefined
      ? []
      : [formatCommand(luks), ...keys.slice(1).map(() => addKeyCommand(luks))]),
    ...testCommands(step),
    openStepCommand(step),
  ];
}

/** The secrets that {@link commands} read. */
function inputs({ header, keys }: LuksStep): CommandInput[] {
  const [first, ...others] = keys.map(({ object }) => object);
  if (first === undefined) return [];
  const made = header === undefined ? [] : [[first], ...others.map((other) => [first, other])];
  const tested = keys.map(({ object }) => [object]);
  return [...made, ...tested, [first]].flatMap(([input, file], command) => [
    ...(input === undefined ? [] : [{ command, descriptor: 0, secret: input }]),
    ...(file === undefined ? [] : [{ command, descriptor: secondKeyDescriptor, secret: file }]),
  ]);
}

/** @throws {InstallerError} `disk` when the name is taken. */
async function refuseTakenName(name: string): Promise<void> {
  if ((await findMapping(name)) === undefined) return;
  throw new InstallerError("disk", `there is a mapping /dev/mapper/${name} already`, {
    object: `luks.${name}`,
    hint: `Close it (cryptsetup close ${name}), or choose another name.`,
  });
}

async function makeHeader(
  luks: NewLuks,
  [first, ...others]: readonly Uint8Array[],
  context: StepContext,
  object: string,
): Promise<void> {
  const input = first ?? new Uint8Array();
  await context.exec(formatCommand(luks), { input, object });
  for (const key of others) {
    await context.exec(addKeyCommand(luks), { input, memoryFiles: [key], object });
  }
}

/** @throws {InstallerError} `disk` when there is no header of the kind that is kept. */
async function checkKept(step: LuksStep, context: StepContext): Promise<void> {
  const unlike = await signatureDifference({ ...step, type: "crypto_LUKS" }, context);
  if (unlike === undefined) return;
  throw new InstallerError("disk", `the LUKS device to be kept is not there: ${unlike}`, {
    object: `luks.${step.name}`,
  });
}

/** @throws {InstallerError} `disk` when one of the secrets does not open the header. */
async function testKeys(step: LuksStep, context: StepContext): Promise<void> {
  for (const [index, argv] of testCommands(step).entries()) {
    const key = step.keys[index];
    if (key === undefined) continue;
    const { exitCode } = await context.exec(argv, {
      input: context.secret(key.source),
      object: key.object,
      allowedExitCodes: [0, 2],
    });
    if (exitCode === 0) continue;
    throw new InstallerError(
      "disk",
      `${describeSecret(key.source)} does not open the LUKS device ${step.device}`,
      { object: key.object },
    );
  }
}

async function make(step: LuksStep, context: StepContext): Promise<void> {
  const { name, header, keys } = step;
  const object = `luks.${name}`;
  await refuseTakenName(name);
  const secrets = keys.map(({ source }) => context.secret(source));
  if (header === undefined) await checkKept(step, context);
  else await makeHeader(newLuks(step, header), secrets, context, object);
  await testKeys(step, context);
  await context.exec(openStepCommand(step), { input: secrets[0] ?? new Uint8Array(), object });
}

async function difference(step: LuksStep, context: StepContext): Promise<string | undefined> {
  const { name, header, uuid = "", size: bytes } = step;
  const unlike = await signatureDifference({ ...step, type: "crypto_LUKS" }, context);
  if (unlike !== undefined) return unlike;
  const mapping = await findMapping(name);
  if (mapping === undefined) return `the kernel shows no mapping ${name}`;
  if (header === undefined) return undefined;
  if (mapping.uuid !== `CRYPT-LUKS2-${uuid.replaceAll("-", "")}-${name}`) {
    return `/dev/mapper/${name} is another mapping, ${mapping.uuid}`;
  }
  if (mapping.size === bytes) return undefined;
  return `/dev/mapper/${name} has ${mapping.size} bytes instead of ${bytes}`;
}

/** {@link LuksStep} */
export const luksStep = storageStep<LuksStep>({
  kind: "luks",
  writesDisk: true,
  describe: ({ name, device, header, keys }) =>
    header === undefined
      ? `Open the encrypted ${device} as /dev/mapper/${name}`
      : `Encrypt ${device} (LUKS2, key slots: ${keys.length}) and open it as /dev/mapper/${name}`,
  commands,
  inputs,
  programs: () => ["wipefs"],
  details: (step) => [
    ...identifierDetails(step),
    ...step.keys.map(({ kind, source }) => `${kind}: ${describeSecret(source)}`),
  ],
  kernelModules: () => ["dm-mod", "dm-crypt"],
  secrets: ({ keys }) => keys,
  difference,
  make,
  letGo: {
    what: ({ name }) => `the mapping ${name}`,
    release: ({ name, device }) => closeMapping(name, device),
  },
});
