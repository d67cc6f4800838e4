import { expect, test } from "bun:test";
import { layoutTable, type TableLayout } from "../../../../src/disk/partitioning/layout.ts";
import type { PartitionTable } from "../../../../src/disk/partitioning/partition.ts";
import { InstallerError } from "../../../../src/errors.ts";
import type { Disk } from "../../../../src/facts/facts.ts";
import type { ExistingPartition } from "../../../../src/facts/partition-table.ts";
import { blankDisk, diskWith, existing, GiB, MiB, TiB } from "./inputs.ts";

const rounds = 3000;

/** mulberry32: the same numbers from the same seed. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let value = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return Math.floor((((value ^ (value >>> 14)) >>> 0) / 2 ** 32) * limit);
  }

  pick<Item>(...items: [Item, ...Item[]]): Item {
    return items[this.below(items.length)] ?? items[0];
  }
}

/** A size of every kind but the rest, in every unit. */
function randomSize(random: Random, diskMiB: number): string {
  return random.pick(
    `${1 + random.below(100)}MiB`,
    `${1 + random.below(diskMiB)}MiB`,
    `${1 + random.below(1e9)}B`,
    `${1 + random.below(5e6)}kB`,
    `${1 + random.below(100)}%`,
    `${random.below(50)}.${1 + random.below(999)}%`,
  );
}

function randomPartitions(random: Random, diskMiB: number): PartitionTable[] {
  const count = 1 + random.below(8);
  const rest = random.below(2 * count);
  return Array.from({ length: count }, (_item, index): PartitionTable => {
    const name = `p${index}`;
    const start = random.below(6) === 0 ? { start: `${1 + random.below(diskMiB)}MiB` } : {};
    if (index !== rest) return { name, ...start, size: randomSize(random, diskMiB) };
    return random.pick<PartitionTable>(
      { name, ...start },
      { name, ...start, size: `-${1 + random.below(diskMiB)}MiB` },
    );
  });
}

function randomDisk(random: Random): Disk {
  const logicalSectorSize = random.pick(512, 4096);
  const size =
    random.pick(32 * MiB, 128 * MiB, GiB, 100 * GiB, 20 * TiB) + random.below(1e6) * 4096;
  const optimalTransferSize = random.pick(0, 0, 65536, 1536 * 1024, 33_553_920, 8 * MiB);
  return blankDisk(size, { logicalSectorSize, optimalTransferSize });
}

/** Partitions that lie anywhere but not in each other, as other systems make them. */
function randomExisting(random: Random, size: number): ExistingPartition[] {
  const partitions: ExistingPartition[] = [];
  let start = 34 * 512 + random.below(8) * 4096;
  for (let number = 1; number < 9; number += 1 + random.below(2)) {
    start += random.below(2) * random.below(size / 8 / 4096) * 4096;
    const bytes = (1 + random.below(size / 8 / 4096)) * 4096;
    if (start + bytes > size - 33 * 512) break;
    partitions.push({ ...existing(number, 0, 0), start, size: bytes });
    start += bytes;
  }
  return partitions;
}

/** The layout, or why it cannot be: nothing but a refusal that says what the user can do. */
function attempt(run: () => TableLayout): TableLayout | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof InstallerError) || error.reason !== "refused") throw error;
    expect(error.message).toContain("disk.main");
    expect(error.hint).toBeString();
    return undefined;
  }
}

/** What is wrong with the places of new partitions among those that are there. */
function faults(disk: Disk, { partitions, kept, label }: TableLayout): string[] {
  const end = disk.size - (label === "gpt" ? 33 * 512 : 0);
  const all = [...(kept?.table.partitions ?? []), ...partitions];
  return partitions.flatMap((one) => [
    ...(one.start < MiB || one.start + one.size > end ? [`${one.name} is outside`] : []),
    ...(one.start % MiB === 0 && one.size % MiB === 0 ? [] : [`${one.name} is not aligned`]),
    ...(one.size >= MiB ? [] : [`${one.name} is empty`]),
    ...all
      .filter((other) => other !== one)
      .filter((other) => one.start < other.start + other.size && other.start < one.start + one.size)
      .map((other) => `${one.name} overlaps ${other.number}`),
  ]);
}

test("random partitions are placed side by side, or refused", () => {
  const random = new Random(20_261_122);
  let placed = 0;
  for (let round = 0; round < rounds; round++) {
    const disk = randomDisk(random);
    const partition = randomPartitions(random, Math.floor(disk.size / MiB));
    const table = random.pick<"gpt" | "msdos">("gpt", "msdos");
    const request = { table, partition: table === "gpt" ? partition : partition.slice(0, 4) };
    const layout = attempt(() => layoutTable("main", disk, request, "seed"));
    if (layout === undefined) continue;
    placed++;
    expect({ round, disk: disk.size, partition, faults: faults(disk, layout) }).toEqual({
      round,
      disk: disk.size,
      partition,
      faults: [],
    });
  }
  // Else the test would say nothing.
  expect(placed).toBeGreaterThan(rounds / 5);
  expect(placed).toBeLessThan((rounds / 5) * 4);
});

test("random partitions are placed around those that are there, or refused", () => {
  const random = new Random(22_112_026);
  let placed = 0;
  for (let round = 0; round < rounds; round++) {
    const size = random.pick(128 * MiB, GiB, 100 * GiB) + random.below(1e5) * 4096;
    const there = randomExisting(random, size);
    const disk = diskWith(size, there);
    const partition = randomPartitions(random, Math.floor(size / MiB / 8)).slice(0, 4);
    const layout = attempt(() => layoutTable("main", disk, { table: "keep", partition }, "seed"));
    if (layout === undefined) continue;
    placed++;
    expect({ round, there, partition, faults: faults(disk, layout) }).toEqual({
      round,
      there,
      partition,
      faults: [],
    });
    expect(new Set([...there, ...layout.partitions].map(({ number }) => number)).size).toBe(
      there.length + layout.partitions.length,
    );
  }
  expect(placed).toBeGreaterThan(rounds / 5);
  expect(placed).toBeLessThan((rounds / 5) * 4);
});
