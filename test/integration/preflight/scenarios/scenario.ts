import type { FindingId } from "../../../../src/findings/catalogue.ts";
import type { PreflightSystem } from "../../../support/preflight-closures.ts";
import type { LiveOptions } from "../../../support/refused-install.ts";

/** The caches that there are, by their URLs, and what they are trusted by. */
export interface Caches {
  /** The one that has everything. */
  readonly whole: string;
  /** One that lacks every initrd. */
  readonly incomplete: string;
  /** One whose clock is years behind. */
  readonly late: string;
  readonly publicKey: string;
}

/** A machine, a manifest or a system with which something is the matter. */
export interface Scenario {
  /** What the system has other than a sound one. */
  readonly system?: Partial<PreflightSystem>;
  /** The manifest's storage; that of a sound one unless given. */
  readonly storage?: string;
  /** Lines of the manifest before its tables. */
  readonly keys?: string;
  /** The lines of `[cache]`; those of a sound one unless given. */
  readonly cache?: (caches: Caches) => string;
  readonly live?: LiveOptions;
  /** Everything that is found, each kind once; the install is refused if an error is among it. */
  readonly findings: readonly FindingId[];
  /** Of a refused install; 4 unless given. */
  readonly exitCode?: number;
  /** What people read of it. */
  readonly says?: readonly (string | RegExp)[];
}

/** Scenarios by what is the matter. */
export type Scenarios = Readonly<Record<string, Scenario>>;
