import { ReadableStream } from "node:stream/web";

/**
 * Bytes as they come over the network or from a file: in memory that no other thread sees, which is what streams
 * take.
 */
export type Bytes = Uint8Array<ArrayBuffer>;

/** A stream of what a generator gives; cancelling it ends the generator. */
export function toStream(source: AsyncGenerator<Bytes, void>): ReadableStream<Bytes> {
  return ReadableStream.from(source);
}
