import unbzip2 from "unbzip2-stream";
import type { Bytes } from "./to-stream.ts";

/**
 * Undoes bzip2, which old caches hold, block by block: 900 kB each before compression. In JavaScript and accordingly
 * slow.
 */
export async function* decompressBzip2(
  source: AsyncGenerator<Bytes, void>,
): AsyncGenerator<Uint8Array, void> {
  const decoder = unbzip2();
  const blocks: Uint8Array[] = [];
  let failure: unknown;
  // It does everything within `write` and `end`, so that there is nothing to wait for.
  decoder.on("data", (block: Uint8Array) => blocks.push(block));
  decoder.on("error", (error: unknown) => {
    failure ??= explained(error);
  });
  const take = () => {
    if (failure !== undefined) throw failure;
    return blocks.splice(0);
  };
  for await (const chunk of source) {
    decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    yield* take();
  }
  decoder.end();
  yield* take();
}

/** The decoder reads beyond the last byte without looking. */
function explained(error: unknown): unknown {
  if (!(error instanceof TypeError)) return error;
  return new Error("the bzip2 stream ends too early", { cause: error });
}
