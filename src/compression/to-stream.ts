/** Bytes as they come over the network or from a file: in memory that no other thread sees. */
export type Bytes = Uint8Array<ArrayBuffer>;
