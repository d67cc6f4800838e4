import { type FileHandle, open } from "node:fs/promises";
import { errorCode } from "../../errors.ts";

/** Bytes compared at a time. */
const blockSize = 1024 * 1024;

/** How a copy may differ from its original. */
interface CopyRule {
  /** Whether something may be appended to it, as secrets are to an initrd. */
  readonly mayBeLonger: boolean;
}

/**
 * Compares a copy with its original byte for byte.
 *
 * @returns What is wrong with the copy, as the end of a sentence that begins with its path; `undefined` when it is right.
 */
export async function copyProblem(
  copy: string,
  original: string,
  { mayBeLonger }: CopyRule = { mayBeLonger: false },
): Promise<string | undefined> {
  await using actual = await openExisting(copy);
  if (actual === undefined) return "is missing";
  await using expected = await openExisting(original);
  if (expected === undefined) return `cannot be compared, as ${original} is missing`;
  const expectedSize = (await expected.stat()).size;
  const { size } = await actual.stat();
  if (size === 0) return "is empty";
  if (size < expectedSize) {
    return `is truncated: it has ${size} of the ${expectedSize} bytes of ${original}`;
  }
  if (size > expectedSize && !mayBeLonger) {
    return `differs from ${original}: it has ${size} bytes instead of ${expectedSize}`;
  }
  return (await beginsWith(actual, expected, expectedSize))
    ? undefined
    : `differs from ${original}`;
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, "r");
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

async function beginsWith(
  actual: FileHandle,
  expected: FileHandle,
  size: number,
): Promise<boolean> {
  for (let position = 0; position < size; position += blockSize) {
    const length = Math.min(blockSize, size - position);
    const [left, right] = await Promise.all([
      readBlock(actual, position, length),
      readBlock(expected, position, length),
    ]);
    if (!left.equals(right)) return false;
  }
  return true;
}

/** Reads as many bytes as asked for, or up to the end. */
export async function readBlock(
  file: FileHandle,
  position: number,
  length: number,
): Promise<Buffer> {
  const block = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(block, filled, length - filled, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return block.subarray(0, filled);
}
