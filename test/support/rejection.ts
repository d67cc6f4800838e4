/**
 * What a promise is rejected with.
 *
 * @throws Error when it is not rejected, or not with an error.
 */
export async function rejection(promise: Promise<unknown>): Promise<Error> {
  const reason: unknown = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(reason instanceof Error)) throw new Error(`expected a rejection, got ${String(reason)}`);
  return reason;
}
