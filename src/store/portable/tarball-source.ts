import { fstatSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Bytes } from "../../compression/to-stream.ts";
import { errorCode, errorMessage, InstallerError } from "../../errors.ts";
import { HttpClient } from "../../http/http-client.ts";
import { redactUrl } from "../../http/http-error.ts";
import { ResumableFile, type ResumeOptions } from "../../http/resume.ts";
import { httpSettings } from "../../http/settings.ts";

/** A tarball that has been opened. */
export interface TarballSource {
  /** Bytes it has as it is packed, where that is known beforehand. */
  readonly size: number | undefined;
  /** Leaving the loop early closes it. */
  readonly bytes: AsyncGenerator<Bytes, void>;
}

/** Where a tarball comes from, as it may be shown. @param tarball As for {@link openTarball}. */
export function tarballName(tarball: string): string {
  if (tarball === "-") return "standard input";
  return isAddress(tarball) ? redactUrl(tarball) : tarball;
}

/**
 * What opens a tarball, as often as it takes. From a server that says which version of the file it gives, it goes on in the
 * middle when the connection breaks.
 *
 * @param tarball A path, an http(s) URL, or `-` for standard input.
 * @returns Throws {@link InstallerError} `refused` when there is no such file or nothing on standard input,
 * {@link HttpError} when a server does not deliver.
 */
export function tarballOpener(
  tarball: string,
  options: Pick<ResumeOptions, "signal" | "onRetry">,
): () => Promise<TarballSource> {
  if (!isAddress(tarball)) {
    return async () => {
      const size = await tarballSize(tarball);
      return { size, bytes: chunks(tarball === "-" ? Bun.stdin : Bun.file(tarball)) };
    };
  }
  const file = new ResumableFile(new HttpClient(httpSettings()), tarball, {
    ...options,
    // It may have no hash at all.
    isHashed: false,
  });
  return async () => {
    const { contentLength, body } = await file.open();
    return { size: contentLength, bytes: body };
  };
}

/**
 * Bytes that a tarball has as it is packed, as far as that is known without asking a server.
 *
 * @param tarball As for {@link tarballOpener}.
 * @throws {InstallerError} `refused` when there is no such file or nothing on standard input.
 */
export async function tarballSize(tarball: string): Promise<number | undefined> {
  if (isAddress(tarball)) return undefined;
  return tarball === "-" ? standardInputSize() : await fileSize(tarball);
}

function isAddress(tarball: string): boolean {
  return /^https?:/i.test(tarball);
}

async function fileSize(path: string): Promise<number | undefined> {
  try {
    const information = await stat(path);
    if (information.isDirectory()) throw new Error("it is a directory");
    return information.isFile() ? information.size : undefined;
  } catch (cause) {
    const reason = errorCode(cause) === "ENOENT" ? "there is no such file" : errorMessage(cause);
    throw new InstallerError("refused", `the portable store ${path} cannot be read: ${reason}`, {
      cause,
      object: "portable-store.tarball",
      hint: "Copy the tarball to the live system, or give its URL, or - and pipe it in.",
    });
  }
}

/** The size of standard input, where it is a file. Refuses one from which nothing can come: a terminal, `/dev/null`. */
function standardInputSize(): number | undefined {
  const input = fstatSync(0);
  if (!input.isFIFO() && !input.isFile() && !input.isSocket()) {
    throw new InstallerError("refused", "no portable store comes in on standard input", {
      object: "portable-store.tarball",
      hint: "Pipe it in: curl -L URL | ./installer --manifest FILE",
    });
  }
  return input.isFile() ? input.size : undefined;
}

async function* chunks(blob: Blob): AsyncGenerator<Bytes, void> {
  yield* blob.stream();
}
