/**
 * What the decoders of a thread decode into, one piece after the other: 128 KiB, so that whoever looks at a piece next
 * finds it in the processor's cache, and no garbage is left behind.
 */
export const outputBuffer = new Uint8Array(128 * 1024);
