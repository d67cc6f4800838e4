/**
 * What a record has under a foreign word. Of `record[key]` an object gives what all objects have, too: for `constructor`,
 * `toString` or `__proto__` something that nobody has put there.
 */
export function ownValue<Value>(
  record: Readonly<Record<string, Value>>,
  key: string,
): Value | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
