/** The Levenshtein distance: how many characters must be inserted, removed or replaced to turn one text into the other. */
export function editDistance(one: string, other: string): number {
  let previous = Array.from({ length: other.length + 1 }, (_, column) => column);
  for (const [row, character] of Array.from(one).entries()) {
    const current = [row + 1];
    for (const [column, candidate] of Array.from(other).entries()) {
      current.push(
        Math.min(
          (current[column] ?? 0) + 1,
          (previous[column + 1] ?? 0) + 1,
          (previous[column] ?? 0) + Number(character !== candidate),
        ),
      );
    }
    previous = current;
  }
  return previous.at(-1) ?? 0;
}

/** Keys are written in lower case with dashes. */
function normalise(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/**
 * The one of `candidates` that `text` is most likely a misspelling of: at most a third of its characters differ, upper
 * and lower case and `_` for `-` aside. `undefined` when none comes near.
 */
export function closest(text: string, candidates: Iterable<string>): string | undefined {
  const wanted = normalise(text);
  const ranked = [...candidates]
    .map((name) => ({ name, distance: editDistance(wanted, normalise(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .toSorted((one, other) => one.distance - other.distance);
  return ranked[0]?.name;
}
