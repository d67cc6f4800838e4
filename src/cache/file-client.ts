import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import type { Bytes } from "../compression/to-stream.ts";
import { errorCode, errorMessage } from "../errors.ts";
import type { HttpAnswer, RequestOptions } from "../http/http-client.ts";
import { HttpError } from "../http/http-error.ts";
import type { HttpSettings } from "../http/retry.ts";
import type { CacheClient } from "./cache-client.ts";

/** The most bytes that are read at once. */
const maximumPiece = 131_072;

/** Reads the files of a binary cache that is a directory, as if they came over HTTP. */
export class FileClient implements CacheClient {
  readonly settings: HttpSettings;

  constructor(settings: HttpSettings) {
    this.settings = settings;
  }

  /**
   * @param url `file:///…`; symbolic links are followed.
   * @throws {HttpError} with status 404 if there is no such file; it is never worth another attempt.
   */
  async open(url: string, { signal }: RequestOptions): Promise<HttpAnswer> {
    signal.throwIfAborted();
    const file = await openFile(url);
    let isOpen = true;
    const close = () => {
      if (!isOpen) return;
      isOpen = false;
      void file.close();
    };
    try {
      const stat = await file.stat();
      if (!stat.isFile()) throw problem(url, "it is not a file");
      return {
        url,
        contentType: "",
        contentLength: stat.size,
        delimited: true,
        body: pieces(url, file, Math.min(stat.size, maximumPiece), signal, close),
        close,
      };
    } catch (error) {
      close();
      throw error;
    }
  }

  /**
   * @param limit Bytes it may have.
   * @throws as {@link open}, and if the file is longer.
   */
  async getText(url: string, limit: number, options: RequestOptions): Promise<string> {
    const { contentLength = 0, body, close } = await this.open(url, options);
    try {
      if (contentLength > limit) throw problem(url, `it has more than ${limit} bytes`);
      return Buffer.concat(await Array.fromAsync(body)).toString("utf8");
    } finally {
      close();
    }
  }
}

async function openFile(url: string): Promise<FileHandle> {
  try {
    // Without waiting for somebody who would write, should it be a pipe.
    return await open(fileURLToPath(url), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw readError(url, error);
  }
}

async function* pieces(
  url: string,
  file: FileHandle,
  length: number,
  signal: AbortSignal,
  close: () => void,
): AsyncGenerator<Bytes, void> {
  try {
    for (;;) {
      signal.throwIfAborted();
      const piece = new Uint8Array(Math.max(length, 1));
      const { bytesRead } = await file.read(piece, 0, piece.length);
      if (bytesRead === 0) return;
      yield piece.subarray(0, bytesRead);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw readError(url, error);
  } finally {
    close();
  }
}

/** Says in words why a file cannot be read. */
function readError(url: string, error: unknown): HttpError {
  const code = errorCode(error);
  if (code === "ENOENT" || code === "ENOTDIR") {
    return new HttpError(url, "there is no such file", {
      transient: false,
      status: 404,
      cause: error,
    });
  }
  const reason = code === "EIO" ? "the medium cannot be read (EIO)" : errorMessage(error);
  return problem(url, reason, error);
}

function problem(url: string, reason: string, cause?: unknown): HttpError {
  return new HttpError(url, reason, { transient: false, cause });
}
