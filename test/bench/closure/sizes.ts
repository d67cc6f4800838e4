/** What a closure is made with. */
export interface ClosureSize {
  readonly name: string;
  /** Store paths. */
  readonly paths: number;
  /** Bytes of file contents, for which NARs have about 3 % more. */
  readonly bytes: number;
}

/** The closures of the scenes, by name. Those named `growth` have equal distributions of sizes. */
export const closureSizes = {
  /** A small NixOS server. */
  server: { name: "server", paths: 1000, bytes: 1_180_000_000 },
  /** A quarter of it, to see what grows with size. */
  quarter: { name: "quarter", paths: 250, bytes: 295_000_000 },
  "growth-1000": { name: "growth-1000", paths: 1000, bytes: 70_000_000 },
  "growth-10000": { name: "growth-10000", paths: 10_000, bytes: 700_000_000 },
  /** For tests. */
  tiny: { name: "tiny", paths: 20, bytes: 2_000_000 },
} as const satisfies Record<string, ClosureSize>;

/** A name of {@link closureSizes}. */
export type ClosureName = keyof typeof closureSizes;
