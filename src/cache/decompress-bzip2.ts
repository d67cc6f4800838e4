import { Readable } from "node:stream";
import unbzip2 from "unbzip2-stream";
import type { Bytes } from "./to-stream.ts";

/**
 * Undoes bzip2, which old caches hold, block by block: 900 kB each before compression. In JavaScript and accordingly slow.
 */
export async function* decompressBzip2(
  source: AsyncGenerator<Bytes, void>,
): AsyncGenerator<Uint8Array, void> {
  const input = Readable.from(source);
  const output = unbzip2();
  // `pipe` does not pass errors on.
  input.once("error", (error) => output.emit("error", error));
  try {
    yield* new Readable().wrap(input.pipe(output));
  } catch (error) {
    // The decoder reads beyond the last byte without looking.
    if (!(error instanceof TypeError)) throw error;
    throw new Error("the bzip2 stream ends too early", { cause: error });
  } finally {
    input.destroy();
  }
}
