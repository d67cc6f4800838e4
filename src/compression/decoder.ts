/**
 * What every format's decoder can do. It does all of its work within the call: there is nothing to wait for.
 *
 * A piece, some 128 KiB, is valid only until the next one is asked for: its memory is used again, by all decoders of the
 * thread. The pieces must be asked for to the end before anything else is asked of the decoder.
 */
export interface Decoder {
  /** Takes the next compressed bytes and gives what comes of them. */
  decode(chunk: Uint8Array): Iterable<Uint8Array>;
  /** Is told that the input has ended, and gives what was still kept back. Throws if it was cut off. */
  finish(): Iterable<Uint8Array>;
  /** Frees what it holds, also after an error; may be called more than once. */
  close(): void;
}
