import type { Compression } from "../nix/narinfo.ts";
import { createDecoder } from "./decoders.ts";
import type { Bytes } from "./to-stream.ts";

/**
 * Undoes a compression as the bytes arrive, as a `Decompressor` does, for those who take their time with what comes:
 * each piece is theirs. Errors of `source` come through as they are.
 */
export async function* decompress(
  compression: Compression,
  source: AsyncIterable<Uint8Array>,
): AsyncGenerator<Bytes, void> {
  const decoder = createDecoder(compression);
  try {
    for await (const chunk of source) {
      for (const piece of decoder.decode(chunk)) yield piece.slice();
    }
    for (const piece of decoder.finish()) yield piece.slice();
  } finally {
    decoder.close();
  }
}
