import { formatMdUuid } from "../../disk/raid/mdadm.ts";
import type { Finding } from "../../findings/finding.ts";
import { makeFinding } from "../../findings/make-finding.ts";
import { knownInitrd } from "./devices/opened-luks.ts";
import { earlyArrays } from "./early-devices.ts";
import type { JudgeInputs } from "./judge-inputs.ts";

/** A line of mdadm.conf(5) that names an array. */
interface ArrayLine {
  readonly device: string;
  /** Hexadecimal digits in lower case. */
  readonly uuid: string;
}

function digits(uuid: string): string {
  return uuid.toLowerCase().replaceAll(/[^0-9a-f]/g, "");
}

/** The arrays that a mdadm.conf(5) names by UUID. A line that begins with a blank goes on. */
function arrayLines(text: string): ArrayLine[] {
  return text
    .replaceAll(/\n[ \t]+/g, " ")
    .split("\n")
    .flatMap((line) => {
      const [keyword = "", device = "", ...words] = line.trim().split(/\s+/);
      const uuid = words.map((word) => /^uuid=(.+)$/i.exec(word)?.[1]).find(Boolean);
      return /^array$/i.test(keyword) && uuid !== undefined ? [{ device, uuid: digits(uuid) }] : [];
    });
}

/** Whether a mdadm.conf(5) keeps arrays that it does not name from being assembled. */
function refusesOthers(text: string): boolean {
  const policy = /^\s*auto\s+(.*)$/im.exec(text)?.[1];
  return policy !== undefined && /(?:^|\s)-all\b/.test(policy) && !/\+(?:1\.x|all)/.test(policy);
}

function judgeUnknown(lines: readonly ArrayLine[], { storage, facts }: JudgeInputs): Finding[] {
  const known = [
    ...storage.steps.flatMap((step) => (step.kind === "raid" ? [digits(step.uuid)] : [])),
    ...facts.disks.flatMap(({ groups = [] }) =>
      groups.flatMap(({ kind, uuid }) =>
        kind === "array" && uuid !== undefined ? [digits(uuid)] : [],
      ),
    ),
  ];
  return lines
    .filter(({ device, uuid }) => device !== "<ignore>" && !known.includes(uuid))
    .map(({ device, uuid }) =>
      makeFinding(
        "preflight/raid-array-unknown",
        "boot.swraid.mdadmConf",
        `the initrd's mdadm.conf names ${device} by the UUID ${formatMdUuid(uuid)}, which no array on this machine will have`,
        "Write the UUIDs there that `installer plan` prints, or none: arrays are found without.",
      ),
    );
}

/** Whether the initrd assembles the arrays that it needs. Pure. */
export function judgeArrays(inputs: JudgeInputs): Finding[] {
  const initrd = knownInitrd(inputs.system);
  if (initrd === undefined) return [];
  const { mdadmConfig, modules, builtinModules } = initrd;
  const lines = arrayLines(mdadmConfig ?? "");
  const hasDriver = [...modules, ...builtinModules].some((name) =>
    /^(?:md_mod|raid\d+)$/.test(name),
  );
  const hasRaid = mdadmConfig !== undefined || hasDriver;
  const missing = earlyArrays(inputs).flatMap(({ name, user }) => {
    const step = inputs.storage.steps.find((each) => each.kind === "raid" && each.name === name);
    const uuid = step?.kind === "raid" ? digits(step.uuid) : "";
    const line = lines.find((each) => each.uuid === uuid);
    const isRefused =
      line?.device === "<ignore>" || (line === undefined && refusesOthers(mdadmConfig ?? ""));
    if (hasRaid && !isRefused) return [];
    return [
      makeFinding(
        "preflight/raid-not-assembled",
        `raid.${name}`,
        `the system needs it for ${user}, and its initrd ${hasRaid ? "is told by its mdadm.conf not to assemble it" : "assembles no arrays"}`,
        hasRaid
          ? `Add "ARRAY /dev/md/${name} UUID=${formatMdUuid(uuid)}" to boot.swraid.mdadmConf in the NixOS configuration.`
          : "Set boot.swraid.enable = true in the NixOS configuration.",
      ),
    ];
  });
  return [...missing, ...judgeUnknown(lines, inputs)];
}
