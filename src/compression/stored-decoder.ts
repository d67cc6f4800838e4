import type { Decoder } from "./decoder.ts";

/** For what is not compressed: gives what it takes. */
export const storedDecoder: Decoder = {
  decode: (chunk) => [chunk],
  finish: () => [],
  close: () => undefined,
};
