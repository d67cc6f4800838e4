/** Parts of a version, each made of one kind of character; other characters only separate. */
const part = /[0-9]+|[A-Za-z]+|[~^.-]/g;

/** Lower ranks sort first where two versions have parts of different kinds; the end of a version ranks as `end`. */
const ranks: Readonly<Record<string, number>> = { "~": 0, end: 1, "-": 2, "^": 3, ".": 4 };
const letterRank = 5;
const numberRank = 6;

function rank(text: string | undefined): number {
  if (text === undefined) return ranks.end ?? 1;
  if (/^[0-9]/.test(text)) return numberRank;
  return ranks[text] ?? letterRank;
}

function order<Value extends number | bigint | string>(a: Value, b: Value): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/**
 * Compares two versions by the rules of the UAPI Version Format Specification, as systemd-boot sorts its menu.
 *
 * @returns Less than zero when `a` is older, more than zero when it is newer, zero when they are equal.
 */
export function compareVersions(a: string, b: string): number {
  const partsOfA = a.match(part) ?? [];
  const partsOfB = b.match(part) ?? [];
  for (let index = 0; index < Math.max(partsOfA.length, partsOfB.length); index++) {
    const [left, right] = [partsOfA[index], partsOfB[index]];
    const byRank = order(rank(left), rank(right));
    if (byRank !== 0) return byRank;
    if (left === undefined || right === undefined) return 0;
    const byText =
      rank(left) === numberRank ? order(BigInt(left), BigInt(right)) : order(left, right);
    if (byText !== 0) return byText;
  }
  return 0;
}
