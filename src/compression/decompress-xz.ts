import { XzReadableStream } from "xz-decompress";
import { errorMessage } from "../errors.ts";
import { type Bytes, toStream } from "./to-stream.ts";
import { Turns } from "./turns.ts";

const turns = new Turns();

/**
 * Undoes xz by XZ Embedded, compiled to WebAssembly: a live system need not have an `xz`. The decoder allocates the
 * dictionary that the stream names: 8 MiB for what Nix writes, 64 MiB at most. Integrity checks by SHA-256 are not
 * supported.
 *
 * One stream at a time is decoded per thread; others wait, without reading from their source. The package has one
 * decoder with memory that only grows, and its own queue loses count when somebody leaves it.
 */
export async function* decompressXz(
  source: AsyncGenerator<Bytes, void>,
): AsyncGenerator<Uint8Array, void> {
  const endTurn = await turns.take();
  try {
    yield* new XzReadableStream(toStream(notEmpty(source)));
  } catch (error) {
    throw explained(error);
  } finally {
    endTurn();
  }
}

/** The decoder cannot say of an empty stream that it is one. */
async function* notEmpty(source: AsyncGenerator<Bytes, void>): AsyncGenerator<Bytes, void> {
  let empty = true;
  for await (const chunk of source) {
    empty = false;
    yield chunk;
  }
  if (empty) throw new Error("the xz stream is empty");
}

/** What the numbers of `enum xz_ret` mean (`xz.h` of XZ Embedded). */
const problems: Readonly<Record<string, string>> = {
  "3": "there is no memory for the xz stream's dictionary",
  "4": "the xz stream needs a dictionary larger than 64 MiB",
  "5": "it is not an xz stream",
  "6": "the xz stream uses a filter or an integrity check that is not supported",
  "7": "the xz stream is damaged",
  "8": "the xz stream ends too early",
};

function explained(error: unknown): unknown {
  const code = /^get_next_output failed with error code (\d+)$/.exec(errorMessage(error))?.[1];
  if (code === undefined) return error;
  return new Error(problems[code] ?? `the xz decoder failed with code ${code}`, { cause: error });
}
