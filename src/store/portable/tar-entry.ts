import { FormatError } from "../../nix/format-error.ts";

/** What a tar archive holds: one entry, its data apart. Names are bytes, one per character (latin1). */
export interface TarEntry {
  readonly kind: "file" | "directory" | "symbolic-link" | "hard-link";
  /** As the archive has it, checked for nothing. */
  readonly name: string;
  /** What a link leads to: anything for a symbolic link, the name of an earlier entry for a hard link. */
  readonly linkName: string;
  /** Bytes of data: 0 for everything but files. */
  readonly size: number;
  /** Whether its owner may execute it. */
  readonly executable: boolean;
}

/** An archive that is damaged, or no archive, or has what the installer does not unpack. */
export class TarError extends FormatError {
  constructor(message: string, object?: string) {
    super(`the tar archive is not usable: ${message}`, object === undefined ? {} : { object });
    this.name = "TarError";
  }
}
