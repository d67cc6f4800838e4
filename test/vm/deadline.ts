/** A wait that came to nothing; the message says for what, and what was seen last. */
export class DeadlineError extends Error {
  override readonly name = "DeadlineError";
}

/**
 * Waits for `promise`, at most `seconds`.
 *
 * @param describe Says what was waited for and what was seen last; called only when the time is over.
 * @throws DeadlineError
 */
export async function within<T>(
  promise: Promise<T>,
  seconds: number,
  describe: () => string,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    reject(new DeadlineError(`after ${seconds} s: ${describe()}`));
  }, seconds * 1000);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
