import { formatMdUuid } from "../../disk/raid/mdadm.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { type ArrayLine, arrayLines, refusesOthers, uuidDigits } from "./devices/mdadm-conf.ts";
import { knownInitrd } from "./devices/opened-luks.ts";
import { neededArrays } from "./early-devices.ts";
import type { JudgeInputs } from "./judge-inputs.ts";

const enableOption = "Set boot.swraid.enable = true in the NixOS configuration.";

/** The arrays that a `mdadm.conf` names, by UUID, with where it is for messages. */
function namedLines(
  source: string,
  text = "",
): [uuid: string, line: ArrayLine & { readonly source: string }][] {
  return arrayLines(text).map((line) => [line.uuid, { ...line, source }]);
}

/** The arrays that `mdadm.conf` names and that nobody will find, of the initrd and of the system, each once. */
function judgeUnknown({ storage, facts, system }: JudgeInputs): Finding[] {
  const known = [
    ...storage.steps.flatMap((step) => (step.kind === "raid" ? [uuidDigits(step.uuid)] : [])),
    ...facts.disks.flatMap(({ groups = [] }) =>
      groups.flatMap(({ kind, uuid }) =>
        kind === "array" && uuid !== undefined ? [uuidDigits(uuid)] : [],
      ),
    ),
  ];
  // What both have is told of the initrd.
  const lines = new Map([
    ...namedLines("the system's etc/mdadm.conf", system.mdadmConfig),
    ...namedLines("the initrd's mdadm.conf", knownInitrd(system)?.mdadmConfig),
  ]);
  return [...lines.values()]
    .filter(({ device, uuid }) => device !== "<ignore>" && !known.includes(uuid))
    .map(({ device, uuid, source }) =>
      makeFinding(
        "preflight/raid-array-unknown",
        "boot.swraid.mdadmConf",
        `${source} names ${device} by the UUID ${formatMdUuid(uuid)}, which no array on this machine will have`,
        "Write the UUIDs there that `installer plan` prints, or none: arrays are found without.",
      ),
    );
}

/** Whether a `mdadm.conf` keeps an array from being assembled. */
function isRefused(text: string, uuid: string): boolean {
  const line = arrayLines(text).find((each) => each.uuid === uuid);
  return line === undefined ? refusesOthers(text) : line.device === "<ignore>";
}

/** Whether mdadm is anywhere in the system: what assembles arrays after the initrd. */
function hasMdadm({ closure }: JudgeInputs["system"]): boolean {
  return [...closure.paths, ...(closure.copies ?? [])].some(({ storePath }) =>
    /^\/nix\/store\/[^-/]+-mdadm(?:-|$)/.test(storePath),
  );
}

/** Why an array is not assembled, to follow "the system needs it for …, and"; `undefined` where it is. */
function obstacle(uuid: string, isEarly: boolean, { system }: JudgeInputs): string | undefined {
  const initrd = knownInitrd(system);
  if (initrd === undefined) return undefined;
  const isRefusedEarly = isRefused(initrd.mdadmConfig ?? "", uuid);
  if (initrd.hasMdadm && !isRefusedEarly) return undefined;
  if (isEarly) {
    return initrd.hasMdadm
      ? "its initrd is told by its mdadm.conf not to assemble it"
      : "its initrd assembles no arrays";
  }
  if (!initrd.hasMdadm && !hasMdadm(system)) return "neither it nor its initrd has mdadm";
  return isRefused(system.mdadmConfig ?? "", uuid)
    ? "it is told by its etc/mdadm.conf not to assemble it"
    : undefined;
}

function judgeAssembly(inputs: JudgeInputs): Finding[] {
  return neededArrays(inputs).flatMap(({ name, user, isEarly }) => {
    const step = inputs.storage.steps.find((each) => each.kind === "raid" && each.name === name);
    const uuid = step?.kind === "raid" ? uuidDigits(step.uuid) : "";
    const problem = obstacle(uuid, isEarly, inputs);
    if (problem === undefined) return [];
    return [
      makeFinding(
        "preflight/raid-not-assembled",
        `raid.${name}`,
        `the system needs it for ${user}, and ${problem}`,
        problem.includes("mdadm.conf")
          ? `Add "ARRAY /dev/md/${name} UUID=${formatMdUuid(uuid)}" to boot.swraid.mdadmConf in the NixOS configuration.`
          : enableOption,
      ),
    ];
  });
}

/** Whether the initrd, or the system after it, assembles the arrays that are needed. Pure. */
export function judgeArrays(inputs: JudgeInputs): Finding[] {
  return [...judgeAssembly(inputs), ...judgeUnknown(inputs)];
}
