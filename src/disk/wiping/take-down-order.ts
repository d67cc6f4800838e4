import type { Disk, Holder } from "../../facts/facts.ts";

/** Mounts have to go by their mount point, however they were found. */
function keyOf({ kind, name, path }: Holder): string {
  return kind === "nested-mount" ? `mount ${name}` : `${kind} ${path ?? name}`;
}

/** Walks from the disks to what is made of them, and notes each holder behind everything that holds it. */
class Order {
  readonly #holders: readonly Holder[];
  readonly #visited = new Set<string>();
  readonly #noted = new Set<string>();
  readonly order: Holder[] = [];

  constructor(holders: readonly Holder[]) {
    this.#holders = holders;
    // A swap area has nothing on it, and a swap file would keep its mount busy.
    for (const holder of holders) if (holder.kind === "swap") this.#note(holder);
  }

  #note(holder: Holder): void {
    const key = keyOf(holder);
    if (this.#noted.has(key)) return;
    this.#noted.add(key);
    this.order.push(holder);
  }

  /** What is mounted over a mount may be on a device of the same disks, with things on it in turn. */
  #visitNested(nested: Holder): void {
    const owner = this.#holders.find(({ kind, name }) => kind === "mount" && name === nested.name);
    if (owner !== undefined) this.visit(owner.device);
    this.#note(nested);
  }

  visit(device: string): void {
    if (this.#visited.has(device)) return;
    this.#visited.add(device);
    const own = this.#holders.filter((holder) => holder.device === device);
    for (const holder of own) {
      if (holder.path === undefined) continue;
      this.visit(holder.path);
      this.#note(holder);
    }
    // What was mounted later may lie over what was mounted before.
    const latestFirst = own.toReversed();
    for (const holder of latestFirst) if (holder.kind === "nested-mount") this.#visitNested(holder);
    for (const holder of latestFirst) this.#note(holder);
  }
}

/**
 * Everything that uses some disks, in an order in which it can be taken down: deepest first, each once. Pure.
 *
 * @param disks All disks that are wiped together, so that what lies on several of them has its place.
 */
export function takeDownOrder(disks: readonly Disk[]): Holder[] {
  const holders = disks.flatMap((disk) => disk.holders);
  const order = new Order(holders);
  for (const disk of disks) {
    for (const { path } of [...disk.partitions, disk]) order.visit(path);
  }
  return order.order.filter(({ kind }) => kind !== "partition");
}
