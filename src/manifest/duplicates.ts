import type { Finding } from "./finding.ts";

/** Findings about values that occur a second time where each may occur once. @param keyOf `undefined` for what does not count. */
export function duplicates<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string | undefined,
  finding: (item: Item, first: Item) => Finding,
): Finding[] {
  const seen = new Map<string, Item>();
  const findings: Finding[] = [];
  for (const item of items) {
    const key = keyOf(item);
    if (key === undefined) continue;
    const first = seen.get(key);
    if (first === undefined) seen.set(key, item);
    else findings.push(finding(item, first));
  }
  return findings;
}
