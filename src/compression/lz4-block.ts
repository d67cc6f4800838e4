/** What is shorter is copied faster without a call. */
const shortLength = 24;

/**
 * Decodes a block of LZ4 (`doc/lz4_Block_format.md` of LZ4).
 *
 * @param window Takes the block from `start` on; before it are the bytes that the block may refer to, from `oldest` on.
 * @returns where the block ends in `window`; nothing if it is damaged, or longer than the window.
 */
export function decodeLz4Block(
  block: Uint8Array,
  window: Uint8Array,
  start: number,
  oldest: number,
): number | undefined {
  let at = 0;
  let end = start;
  while (at < block.length) {
    const token = block[at] ?? 0;
    at += 1;

    let literals = token >> 4;
    if (literals === 15) {
      const more = extraLength(block, at);
      at += Math.floor(more / 255) + 1;
      literals += more;
    }
    if (literals > block.length - at || literals > window.length - end) return undefined;
    copy(block, at, window, end, literals);
    at += literals;
    end += literals;
    // The last sequence has only literals.
    if (at === block.length) return end;

    const offset = (block[at] ?? 0) | ((block[at + 1] ?? 0) << 8);
    at += 2;
    let match = (token & 15) + 4;
    if ((token & 15) === 15) {
      const more = extraLength(block, at);
      at += Math.floor(more / 255) + 1;
      match += more;
    }
    if (offset === 0 || offset > end - oldest || match > window.length - end) return undefined;
    repeat(window, end, offset, match);
    end += match;
  }
  return undefined;
}

/** The sum of the bytes up to the first that is not 255. Beyond the end, bytes count as 0. */
function extraLength(block: Uint8Array, start: number): number {
  let at = start;
  let sum = 0;
  while (block[at] === 255) {
    sum += 255;
    at += 1;
  }
  return sum + (block[at] ?? 0);
}

function copy(from: Uint8Array, at: number, to: Uint8Array, end: number, length: number): void {
  if (length > shortLength) {
    to.set(from.subarray(at, at + length), end);
  } else {
    for (let index = 0; index < length; index += 1) to[end + index] = from[at + index] ?? 0;
  }
}

/** Appends what begins `offset` bytes before the end, which may reach into what is being appended. */
function repeat(window: Uint8Array, end: number, offset: number, length: number): void {
  const from = end - offset;
  if (length > shortLength && offset >= length) {
    window.copyWithin(end, from, from + length);
  } else {
    for (let index = 0; index < length; index += 1) {
      window[end + index] = window[from + index] ?? 0;
    }
  }
}
