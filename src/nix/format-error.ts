import { InstallerError } from "../errors.ts";

/** A text or stream that is not what its format says it must be: a narinfo, a hash, a store path, a signature. */
export class FormatError extends InstallerError {
  constructor(
    message: string,
    options: { readonly cause?: unknown; readonly object?: string } = {},
  ) {
    super("integrity", message, options);
    this.name = "FormatError";
  }
}
