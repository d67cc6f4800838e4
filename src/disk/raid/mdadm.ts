import { KiB } from "../../values/size.ts";
import type { RaidGeometry, RaidLevel, RaidMetadata } from "./geometry.ts";

/** An array that is to be made. */
export interface NewArray extends RaidGeometry {
  readonly name: string;
  /** `/dev/md/NAME` */
  readonly path: string;
  readonly level: RaidLevel;
  readonly metadata: RaidMetadata;
  /** Bytes; left out for a mirror. */
  readonly chunk?: number;
  /** Whether the array notes what it writes, so that after a crash it is not all compared. */
  readonly bitmap: boolean;
  /** The nodes of the members. */
  readonly devices: readonly string[];
  /** As blkid writes it. */
  readonly uuid: string;
  /** Whether the live system runs udev, which makes the nodes. */
  readonly udev: boolean;
}

/** A UUID as mdadm writes it: four words, `01234567:89abcdef:01234567:89abcdef`. */
export function formatMdUuid(uuid: string): string {
  return (uuid.replaceAll("-", "").match(/.{8}/g) ?? []).join(":");
}

function kibibytes(bytes: number): string {
  return `${bytes / KiB}K`;
}

/**
 * The command that makes an array (mdadm(8)). What versions of mdadm choose differently is told, so that none asks.
 */
export function createCommand(array: NewArray): string[] {
  const { path, name, level, metadata, chunk, bitmap, dataOffset, componentSize, devices } = array;
  return [
    // mdadm takes the directory /run/udev for udev, and would wait for nodes that nobody makes.
    ...(array.udev ? [] : ["env", "MDADM_NO_UDEV=1"]),
    "mdadm",
    "--create",
    path,
    // Asks nothing.
    "--run",
    `--level=${level}`,
    `--metadata=${metadata}`,
    `--raid-devices=${devices.length}`,
    `--uuid=${formatMdUuid(array.uuid)}`,
    // The array keeps its name on whatever machine assembles it.
    "--homehost=any",
    ...(metadata === "0.90" ? [] : [`--name=${name}`]),
    ...(chunk === undefined ? [] : [`--chunk=${kibibytes(chunk)}`]),
    ...(level === 0 ? [] : [`--bitmap=${bitmap ? "internal" : "none"}`]),
    ...(dataOffset === undefined ? [] : [`--data-offset=${kibibytes(dataOffset)}`]),
    ...(componentSize === undefined ? [] : [`--size=${kibibytes(componentSize)}`]),
    ...devices,
  ];
}

/** The command that assembles an array from its members, all of which have to be there (mdadm(8)). */
export function assembleCommand({ path, uuid, devices, udev }: NewArray): string[] {
  return [
    ...(udev ? [] : ["env", "MDADM_NO_UDEV=1"]),
    "mdadm",
    "--assemble",
    path,
    `--uuid=${formatMdUuid(uuid)}`,
    ...devices,
  ];
}

/** The command that erases what an older array of the same layout held, and which would appear again at the same place. */
export function eraseCommand({ path }: NewArray): readonly string[] {
  return ["wipefs", "--all", path];
}

/** The command that says what an array is. */
export function detailCommand({ path }: NewArray): readonly string[] {
  return ["mdadm", "--detail", "--export", path];
}
