import type { FileHandle } from "node:fs/promises";
import { MiB } from "../values/size.ts";
import { parseLvmText } from "./lvm-text.ts";

/*
 * The on-disk format of LVM2, as far as it says which volume group a device belongs to: lib/format_text/layout.h and
 * lib/label/label.c of LVM2. Read without LVM's tools: a live system may have none, and theirs may be told by their
 * configuration to overlook devices.
 */

/** A physical volume and what it knows of its volume group. */
export interface PhysicalVolume {
  /** As LVM writes it: `wvDSXV-sJhM-…`. */
  readonly uuid: string;
  /** Left out for one in no group, or one that keeps no metadata itself. */
  readonly group?: VolumeGroup;
}

/** A volume group by its metadata. */
export interface VolumeGroup {
  readonly uuid: string;
  readonly name: string;
  /** UUIDs of all its physical volumes. */
  readonly physicalVolumes: readonly string[];
}

const labelSector = 512;
/** The label is in one of the first four sectors. */
const labelSectors = 4;
const metadataMagic = " LVM2 x[5A%r0N*>";
/** Where the circular buffer of texts begins in a metadata area: after its header. */
const metadataHeaderSize = 512;
/** More text than any group has; a larger figure is damage. */
const longestText = 64 * MiB;

/** `wvDSXVsJhM…`, 32 characters, with the dashes that LVM shows. */
function formatUuid(text: string): string {
  return text.replace(/^(.{6})(.{4})(.{4})(.{4})(.{4})(.{4})(.{6})$/, "$1-$2-$3-$4-$5-$6-$7");
}

interface Area {
  readonly offset: number;
  readonly size: number;
}

/** A list of areas that ends with an empty one; and where the next list begins. */
function readAreas(bytes: Buffer, start: number): { readonly areas: Area[]; readonly end: number } {
  const areas: Area[] = [];
  let position = start;
  for (; position + 16 <= bytes.length; position += 16) {
    const offset = Number(bytes.readBigUInt64LE(position));
    if (offset === 0) break;
    areas.push({ offset, size: Number(bytes.readBigUInt64LE(position + 8)) });
  }
  return { areas, end: position + 16 };
}

/** The label with the header of the physical volume behind it: UUID and metadata areas. */
export function parseLabel(
  start: Buffer,
): { readonly uuid: string; readonly metadataAreas: readonly Area[] } | undefined {
  for (let sector = 0; sector < labelSectors; sector++) {
    const label = start.subarray(sector * labelSector, (sector + 1) * labelSector);
    if (label.length < labelSector) return undefined;
    if (label.toString("latin1", 0, 8) !== "LABELONE") continue;
    if (label.toString("latin1", 24, 32) !== "LVM2 001") continue;
    const header = label.readUInt32LE(20);
    if (header + 40 > labelSector) return undefined;
    const uuid = formatUuid(label.toString("latin1", header, header + 32));
    const data = readAreas(label, header + 40);
    return { uuid, metadataAreas: readAreas(label, data.end).areas };
  }
  return undefined;
}

async function read(device: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await device.read(Buffer.alloc(length), 0, length, position);
  return buffer.subarray(0, bytesRead);
}

/** The text of a metadata area: the group as it was written last; `undefined` for an area that holds none. */
async function readText(device: FileHandle, area: Area): Promise<string | undefined> {
  const header = await read(device, area.offset, metadataHeaderSize);
  if (header.length < metadataHeaderSize) return undefined;
  if (header.toString("latin1", 4, 20) !== metadataMagic) return undefined;
  const offset = Number(header.readBigUInt64LE(40));
  const length = Number(header.readBigUInt64LE(48));
  if (offset < metadataHeaderSize || offset >= area.size) return undefined;
  if (length === 0 || length > Math.min(area.size, longestText)) return undefined;
  // The text goes on at the beginning of the buffer where it reaches the end of the area.
  const first = Math.min(length, area.size - offset);
  const pieces = [await read(device, area.offset + offset, first)];
  if (length > first) {
    pieces.push(await read(device, area.offset + metadataHeaderSize, length - first));
  }
  return Buffer.concat(pieces).toString("utf8").replaceAll("\0", "");
}

/** The physical volume on a device; `undefined` when there is none. Damaged metadata is taken for none. */
export async function readPhysicalVolume(device: FileHandle): Promise<PhysicalVolume | undefined> {
  const label = parseLabel(await read(device, 0, labelSectors * labelSector));
  if (label === undefined) return undefined;
  for (const area of label.metadataAreas) {
    const text = await readText(device, area);
    const group = text === undefined ? undefined : parseLvmText(text);
    if (group !== undefined) return { uuid: label.uuid, group };
  }
  return { uuid: label.uuid };
}
