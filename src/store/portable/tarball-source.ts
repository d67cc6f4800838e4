import { fstatSync } from "node:fs";
import { stat } from "node:fs/promises";
import type { Bytes } from "../../compression/to-stream.ts";
import { errorCode, errorMessage, InstallerError } from "../../errors.ts";
import { HttpClient } from "../../http/http-client.ts";
import { defaultHttpSettings } from "../../http/retry.ts";

/** A tarball that has been opened. */
export interface TarballSource {
  /** Bytes it has as it is packed, where that is known beforehand. */
  readonly size: number | undefined;
  /** Leaving the loop early closes it. */
  readonly bytes: AsyncGenerator<Bytes, void>;
}

/**
 * Opens a tarball.
 *
 * @param tarball A path, an http(s) URL, or `-` for standard input.
 * @throws {InstallerError} `refused` when there is no such file or nothing on standard input, {@link HttpError} when a
 * server does not deliver.
 */
export async function openTarball(tarball: string, signal: AbortSignal): Promise<TarballSource> {
  if (tarball === "-") return { size: standardInputSize(), bytes: chunks(Bun.stdin) };
  if (/^https?:/i.test(tarball)) {
    const answer = await new HttpClient(defaultHttpSettings).open(tarball, { signal });
    return { size: answer.contentLength, bytes: answer.body };
  }
  return await openFile(tarball);
}

async function openFile(path: string): Promise<TarballSource> {
  try {
    const information = await stat(path);
    if (information.isDirectory()) throw new Error("it is a directory");
    const size = information.isFile() ? information.size : undefined;
    return { size, bytes: chunks(Bun.file(path)) };
  } catch (cause) {
    const reason = errorCode(cause) === "ENOENT" ? "there is no such file" : errorMessage(cause);
    throw new InstallerError("refused", `the portable store ${path} cannot be read: ${reason}`, {
      cause,
      object: "portable-store.tarball",
      hint: "Copy the tarball to the live system, or give its URL, or - and pipe it in.",
    });
  }
}

/**
 * Bytes that are left to come on standard input, where that is a file.
 *
 * @throws {InstallerError} `refused` when nothing can come: a terminal, `/dev/null`.
 */
export function standardInputSize(): number | undefined {
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
