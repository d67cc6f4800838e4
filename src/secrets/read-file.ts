import { constants } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { errorCode, InstallerError } from "../errors.ts";
import { secretLimit } from "../values/secret.ts";

/** A file of the live system that a secret is in. */
interface SecretFile {
  readonly file: string;
  /** Bytes to read from its beginning; all of it when left out. */
  readonly size?: number;
}

const failures: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  EACCES: "it may not be read",
  EISDIR: "it is a directory",
};

/** Reads until the buffer is full or the file ends; gives the number of bytes. */
async function fill(handle: FileHandle, buffer: Buffer): Promise<number> {
  let length = 0;
  while (length < buffer.length) {
    const { bytesRead } = await handle.read(buffer, length, buffer.length - length, null);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return length;
}

async function readHandle(handle: FileHandle, { file, size }: SecretFile, object: string) {
  const stat = await handle.stat();
  if (size === undefined && (stat.isBlockDevice() || stat.isCharacterDevice())) {
    throw new InstallerError("refused", `${file} is a device, which has no end of its own`, {
      object,
      finding: "preflight/secret-unusable",
      hint: "Say how many bytes of it the secret has: { file = …, size = … }.",
    });
  }
  // One byte more than allowed shows that there is more.
  const buffer = Buffer.alloc(size ?? secretLimit + 1);
  try {
    const length = await fill(handle, buffer);
    if (size !== undefined && length < size) {
      throw new InstallerError("refused", `${file} has ${length} bytes only, not ${size}`, {
        object,
        finding: "preflight/secret-unusable",
      });
    }
    if (length > secretLimit) {
      throw new InstallerError("refused", `${file} has more than ${secretLimit} bytes`, {
        object,
        finding: "preflight/secret-unusable",
        hint: "Say how many bytes of it the secret has: { file = …, size = … }.",
      });
    }
    return Buffer.from(buffer.subarray(0, length));
  } finally {
    buffer.fill(0);
  }
}

/**
 * The bytes of a secret that is in a file, as they are.
 *
 * @param object The key of the manifest that names it, for errors.
 * @throws {InstallerError} `refused` when it cannot be read, is shorter than it should be, or longer than cryptsetup
 * reads.
 */
export async function readSecretFile(source: SecretFile, object: string): Promise<Buffer> {
  try {
    await using handle = await open(source.file, constants.O_RDONLY | constants.O_NOCTTY);
    return await readHandle(handle, source, object);
  } catch (cause) {
    if (cause instanceof InstallerError) throw cause;
    const why = failures[errorCode(cause) ?? ""] ?? String(cause);
    throw new InstallerError("refused", `the secret cannot be read from ${source.file}: ${why}`, {
      cause,
      object,
      finding: "preflight/secret-missing",
      hint: "Put the file there before the installer is started.",
    });
  }
}
