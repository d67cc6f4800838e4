import * as v from "valibot";
import { isAtLeast } from "../../facts/program-versions.ts";
import { described } from "../../values/described.ts";
import { labelFor } from "../../values/label.ts";
import { MiB } from "../../values/size.ts";
import { deterministicUuid } from "../identifiers.ts";
import {
  deviceKeys,
  type FileSystemType,
  type NewFileSystem,
  ownershipKeys,
  typeKey,
} from "./file-system-type.ts";
import { splitOption } from "./mkfs-options.ts";

const schema = v.strictObject({
  type: typeKey("xfs"),
  ...deviceKeys,
  ...ownershipKeys,
  label: described(v.optional(labelFor("xfs", 12)), "At most 12 bytes. Default: none."),
});

/** A feature of an XFS file system, as an option of mkfs.xfs(8) and its suboption. */
interface Feature {
  readonly option: "-m" | "-i" | "-n";
  readonly name: string;
  readonly value: 0 | 1;
  /** The version of xfsprogs from which on the name is given; before, mkfs.xfs does not know it or leaves it off. */
  readonly since?: string;
}

/**
 * What Linux 4.16 and GRUB 2.04 can read and write, and is known to every mkfs.xfs since 4.9 (2016). What later versions
 * turn on by themselves is turned off, as soon as they know its name: `inobtcount` and `bigtime` (on since 5.15; Linux
 * 5.10), `rmapbt` and `nrext64` (on since 6.5; Linux 5.19, GRUB 2.12), `exchange` and `parent` (Linux 6.10). GRUB takes an
 * XFS with a feature that it does not know for none. Time stamps end in 2038 without `bigtime`: `mkfs-options = ["-m",
 * "bigtime=1"]` makes it with it, and `xfs_admin -O bigtime=1` adds it later.
 */
const features: readonly Feature[] = [
  { option: "-m", name: "crc", value: 1 },
  { option: "-m", name: "finobt", value: 1 },
  { option: "-m", name: "reflink", value: 1 },
  { option: "-m", name: "rmapbt", value: 0 },
  { option: "-m", name: "inobtcount", value: 0, since: "5.15" },
  { option: "-m", name: "bigtime", value: 0, since: "5.15" },
  { option: "-i", name: "sparse", value: 1 },
  { option: "-i", name: "nrext64", value: 0, since: "5.19" },
  { option: "-i", name: "exchange", value: 0, since: "6.10" },
  { option: "-n", name: "parent", value: 0, since: "6.10" },
];

/** The smallest file system that xfsprogs makes since 5.19. */
const smallestSize = 300 * MiB;

/**
 * The features as options, without those that the manifest sets itself: mkfs.xfs refuses a suboption that is given
 * twice.
 */
function featureOptions({ uuid, mkfsOptions, makerVersion }: NewFileSystem): string[] {
  return (["-m", "-i", "-n"] as const).flatMap((option) => {
    const { values } = splitOption(mkfsOptions, option);
    const given = new Set(values.flatMap((value) => value.split(",").map(suboptionName)));
    const own = features
      .filter((feature) => feature.option === option && !given.has(feature.name))
      .filter(({ since }) => since === undefined || isAtLeast(makerVersion, since))
      .map(({ name, value }) => `${name}=${value}`);
    if (option === "-m" && !given.has("uuid")) own.unshift(`uuid=${uuid}`);
    return own.length === 0 ? [] : [option, own.join(",")];
  });
}

function suboptionName(suboption: string): string {
  return suboption.split("=")[0] ?? "";
}

function command(fileSystem: NewFileSystem): string[] {
  const { device, label, mkfsOptions } = fileSystem;
  return [
    "mkfs.xfs",
    "-q",
    // Whatever was there is gone already; mkfs.xfs would refuse what it still takes for something.
    "-f",
    ...featureOptions(fileSystem),
    ...(label === undefined ? [] : ["-L", label]),
    ...mkfsOptions,
    device,
  ];
}

/** xfs(5) */
export const xfs: FileSystemType<typeof schema> = {
  schema,
  programs: ["mkfs.xfs"],
  kernelModules: ["xfs"],
  source: "device",
  swapFiles: "plain",
  maker: {
    program: "mkfs.xfs",
    identifier: deterministicUuid,
    command,
    // mkfs.xfs(8): what is smaller is for the tests of XFS itself.
    smallest: ({ mkfsOptions }) => (mkfsOptions.includes("--unsupported") ? 0 : smallestSize),
  },
};
