import type { Disk } from "../../../src/facts/facts.ts";
import { emptyDisk } from "../plan/inputs.ts";

const GiB = 2 ** 30;

/** A layout of the manifest, at random but sound, and the disks that it is for. */
export interface RandomLayout {
  readonly firmware: "uefi" | "bios";
  readonly disks: readonly Disk[];
  /** Tables of the manifest with those of their arrays, in no particular order. */
  readonly blocks: readonly string[];
}

/** Numbers that look like chance and are the same for the same seed (mulberry32). */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  /** From 0 up to but not 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number; both ends may come. */
  between(least: number, most: number): number {
    return least + Math.floor(this.next() * (most - least + 1));
  }

  happens(probability: number): boolean {
    return this.next() < probability;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.between(0, items.length - 1)];
    if (item === undefined) throw new Error("nothing to pick from");
    return item;
  }

  shuffled<Item>(items: readonly Item[]): Item[] {
    return items
      .map((item) => ({ item, rank: this.next() }))
      .toSorted((a, b) => a.rank - b.rank)
      .map(({ item }) => item);
  }
}

function quoted(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(", ")}]`;
}

/** A layout while it is thought up. */
class Draft {
  readonly blocks: string[] = [];
  readonly disks: Disk[] = [];
  readonly firmware: "uefi" | "bios";
  readonly #chance: Chance;
  /** Devices that nothing is made on yet. */
  #free: string[] = [];
  /** Volumes of groups and what is made of them: too small for groups, and for xfs. */
  readonly #small = new Set<string>();
  #count = 0;
  #sectorSize = 512;

  constructor(chance: Chance) {
    this.#chance = chance;
    this.firmware = chance.pick(["uefi", "bios"]);
  }

  /** Puts together the whole layout. */
  compose(): void {
    const chance = this.#chance;
    this.#sectorSize = chance.pick([512, 512, 4096]);
    const count = chance.between(1, 4);
    for (let index = 0; index < count; index++) this.#addDisk(index);
    for (let index = chance.between(0, 5); index > 0; index--) this.#addLayer();
    this.#addUsers();
  }

  /** Takes that many free devices, if there are as many. */
  #take(count: number, isFit: (device: string) => boolean = () => true): string[] | undefined {
    const taken = this.#chance.shuffled(this.#free.filter(isFit)).slice(0, count);
    if (taken.length < count) return undefined;
    this.#free = this.#free.filter((device) => !taken.includes(device));
    return taken;
  }

  /** Lets others be made on a device that was made on some. */
  #give(device: string, madeOn: readonly string[]): void {
    this.#free.push(device);
    if (madeOn.some((each) => this.#small.has(each))) this.#small.add(device);
  }

  #name(kind: string): string {
    this.#count += 1;
    return `${kind}${this.#chance.pick(["", "-", "_x-"])}${this.#count}`;
  }

  #addDisk(index: number): void {
    const chance = this.#chance;
    const name = this.#name("disk");
    const letter = "abcd"[index] ?? "";
    const size = chance.between(64, 4096) * GiB + chance.between(0, 999) * 4096;
    this.disks.push({
      ...emptyDisk,
      path: chance.happens(0.3) ? `/dev/nvme${index}n1` : `/dev/vd${letter}`,
      size,
      logicalSectorSize: this.#sectorSize,
      physicalSectorSize: this.#sectorSize,
      serial: `serial-${index}`,
      links: [`/dev/disk/by-id/disk-${index}`],
    });
    const head = `[disk.${name}]\ndevice = "/dev/disk/by-id/disk-${index}"\n`;
    const isData = index > 0;
    // An msdos table reaches no further.
    const small = size < 2048 * GiB ? ["msdos"] : [];
    const table = isData ? chance.pick(["gpt", "gpt", "none", ...small]) : "gpt";
    if (table === "none") {
      this.blocks.push(`${head}table = "none"\n`);
      this.#free.push(name);
      return;
    }
    this.blocks.push(`${head}table = "${table}"\n${this.#partitions(name, index)}`);
  }

  /** Up to four partitions, one of which at any place may take the rest; the first disk starts with one to boot from. */
  #partitions(disk: string, index: number): string {
    const chance = this.#chance;
    const names = Array.from({ length: chance.between(1, 3) }, (_, part) => `p${part}`);
    const rest = chance.happens(0.7) ? chance.pick(names) : undefined;
    const partitions = names.map((name) => {
      const size = chance.happens(0.3)
        ? `${chance.between(5, 25)}%`
        : `${chance.between(4 * 1024, 12 * 1024)}MiB`;
      this.#free.push(`${disk}.${name}`);
      return `[[disk.${disk}.partition]]\nname = "${name}"\n${name === rest ? "" : `size = "${size}"\n`}`;
    });
    if (index > 0) return partitions.join("");
    const esp = `[[disk.${disk}.partition]]\nname = "esp"\nsize = "${chance.between(300, 999)}MiB"\ntype = "esp"\n`;
    const bios = `[[disk.${disk}.partition]]\nname = "bios"\nsize = "1MiB"\ntype = "bios-boot"\n`;
    if (this.firmware === "uefi") this.#mount("/boot", `${disk}.esp`, "vfat");
    return (this.firmware === "uefi" ? esp : bios) + partitions.join("");
  }

  #addLayer(): void {
    const layers = [() => this.#addArray(), () => this.#addMapping(), () => this.#addGroup()];
    this.#chance.pick(layers)();
  }

  #addArray(): void {
    const chance = this.#chance;
    const [level, count] = chance.pick([
      [0, 2],
      [1, 2],
      [1, 3],
      [5, 3],
      [10, 4],
    ] as const);
    const devices = this.#take(count);
    if (devices === undefined) return;
    const name = this.#name("md");
    const metadata = chance.pick(["1.0", "1.2"]);
    this.blocks.push(
      `[raid.${name}]\nlevel = ${level}\nmetadata = "${metadata}"\ndevices = ${quoted(devices)}\n`,
    );
    this.#give(name, devices);
  }

  #addMapping(): void {
    const devices = this.#take(1);
    if (devices === undefined) return;
    const name = this.#name("crypt");
    this.blocks.push(
      `[luks.${name}]\ndevice = "${devices[0]}"\npassphrase = { file = "/run/keys/${name}" }\n`,
    );
    this.#give(name, devices);
  }

  #addGroup(): void {
    const chance = this.#chance;
    const devices = this.#take(chance.between(1, 3), (device) => !this.#small.has(device));
    if (devices === undefined) return;
    const name = this.#name("vg");
    const volumes = [
      `name = "fixed"\nsize = "${chance.between(256, 999)}MiB"\n`,
      `name = "share"\nsize = "${chance.between(5, 20)}%"\n`,
      ...(chance.happens(0.7) ? ['name = "rest-of-it"\n'] : []),
      ...(devices.length > 1 && chance.happens(0.5)
        ? ['name = "mirror"\nsize = "400MiB"\ntype = "raid1"\n']
        : []),
      ...(devices.length > 1 && chance.happens(0.5)
        ? ['name = "wide"\nsize = "600MiB"\ntype = "striped"\n']
        : []),
    ];
    for (const [volume] of volumes.join("\n").matchAll(/(?<=name = ")[^"]+/g)) {
      this.#free.push(`${name}.${volume}`);
      this.#small.add(`${name}.${volume}`);
    }
    const tables = chance.shuffled(volumes).map((keys) => `[[lvm.${name}.volume]]\n${keys}`);
    this.blocks.push(`[lvm.${name}]\ndevices = ${quoted(devices)}\n${tables.join("")}`);
  }

  #mount(mountPoint: string, device: string, type: string): void {
    this.blocks.push(`[filesystem."${mountPoint}"]\ndevice = "${device}"\ntype = "${type}"\n`);
  }

  /** A file system that is not too large for a device: volumes may be smaller than xfs gets. */
  #typeFor(device: string): string {
    return this.#small.has(device) ? "ext4" : this.#chance.pick(["ext4", "xfs"]);
  }

  /** A pool of btrfs with the root in it, or a root of its own; and something on most other devices. */
  #addUsers(): void {
    const chance = this.#chance;
    const root = this.#take(1)?.[0] ?? "";
    if (chance.happens(0.3)) {
      const name = this.#name("pool");
      this.blocks.push(`[btrfs.${name}]\ndevices = ["${root}"]\n`);
      for (const mountPoint of ["/", "/nix", "/home"]) {
        const subvolume = `@${mountPoint.slice(1)}`;
        this.blocks.push(
          `[filesystem."${mountPoint}"]\ndevice = "${name}"\ntype = "btrfs"\nsubvolume = "${subvolume}"\n`,
        );
      }
    } else {
      this.#mount("/", root, this.#typeFor(root));
    }
    const places = ["/srv"];
    for (const device of this.#free) {
      const uses = ["filesystem", "filesystem", "nothing"];
      // Partitions for swap have a type of their own.
      const use = chance.pick(device.includes(".p") ? uses : [...uses, "swap"]);
      if (use === "swap") this.blocks.push(`[swap.${this.#name("swap")}]\ndevice = "${device}"\n`);
      if (use !== "filesystem") continue;
      // Some lie in others.
      const place = `${chance.pick(["", ...places])}/${this.#name("data")}`;
      places.push(place);
      this.#mount(place, device, this.#typeFor(device));
    }
    if (chance.happens(0.5)) {
      const source = `${chance.pick(places)}/source`;
      this.blocks.push(`[filesystem."/bound"]\ndevice = "${source}"\ntype = "bind"\n`);
    }
    if (chance.happens(0.3)) this.blocks.push(`[filesystem."/scratch"]\ntype = "tmpfs"\n`);
  }
}

/** A sound layout: the same for the same seed. */
export function randomLayout(seed: number): RandomLayout {
  const chance = new Chance(seed);
  const draft = new Draft(chance);
  draft.compose();
  const { firmware, disks, blocks } = draft;
  return { firmware, disks, blocks: chance.shuffled(blocks) };
}
