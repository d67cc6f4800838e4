const firstPause = 0.02;
const longestPause = 0.5;

/**
 * Asks again and again, with growing pauses, until the answer is true or the time is up. The kernel has no event for
 * what is asked this way.
 *
 * @param seconds How long to ask; it is asked at least once.
 * @returns Whether the answer was true in the end.
 * @throws The signal's reason when it is aborted.
 */
export async function pollUntil(
  seconds: number,
  isDone: () => boolean | Promise<boolean>,
  signal?: AbortSignal,
): Promise<boolean> {
  const deadline = performance.now() + seconds * 1000;
  for (let pause = firstPause; ; pause = Math.min(pause * 2, longestPause)) {
    signal?.throwIfAborted();
    if (await isDone()) return true;
    const left = deadline - performance.now();
    if (left <= 0) return false;
    await Bun.sleep(Math.min(pause * 1000, left));
  }
}
