/** A store path as a store has it that is left to Nix (ssh, S3 …): plain data, and already found trustworthy. */
export interface CopiedPath {
  /** `/nix/store/<hash>-<name>` */
  readonly storePath: string;
  /** The store that offers it, as the manifest has it. */
  readonly store: string;
  /** `sha256:<base 32>` */
  readonly narHash: string;
  /** Bytes of the NAR, which is also what goes over the network, as far as anybody tells. */
  readonly narSize: number;
  /** Whole store paths, itself included if it refers to itself; sorted. */
  readonly references: readonly string[];
}
