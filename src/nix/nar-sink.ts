/**
 * Takes a tree apart or puts it together, one call per event, in the order of a NAR: depth first, the entries of a
 * directory sorted by the bytes of their names. The root has an empty name; every other name is one component that is
 * not `.` or `..` and has neither `/` nor NUL. Names and targets are bytes, because Linux does not promise UTF-8.
 */
export interface NarSink {
  /** What follows, up to the matching {@link endDirectory}, is inside this directory. */
  startDirectory(name: Buffer): void;
  endDirectory(): void;
  /**
   * @param size Bytes that {@link fileData} will bring, in as many calls as it takes, before {@link endFile}.
   */
  startFile(name: Buffer, size: number, executable: boolean): void;
  /** @param chunk Valid only during the call, never empty. */
  fileData(chunk: Uint8Array): void;
  endFile(): void;
  /** @param target Never empty, without NUL; otherwise anything. */
  symlink(name: Buffer, target: Buffer): void;
}
