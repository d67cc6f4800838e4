import type { EfiProgram } from "./efi-programs.ts";

/** The EFI programs a loader installed. */
export interface LoaderPrograms {
  /** In its own directory; `undefined` when only the fallback was installed. */
  readonly loader: EfiProgram | undefined;
  /** At the fallback path; `undefined` when there is none. */
  readonly fallback: EfiProgram | undefined;
}
