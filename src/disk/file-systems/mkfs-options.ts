/** The arguments of one option that may be given more than once, and all the other words of the command line. */
export interface SplitOptions {
  /** `a=1,b` of `-O a=1,b`. */
  readonly values: readonly string[];
  readonly others: readonly string[];
}

/**
 * Takes one option with an argument out of further arguments of mkfs, in both forms of getopt(3), `-O x` and `-Ox`: where
 * mkfs takes the last of several, or refuses more than one, what the manifest says is joined with the installer's own.
 *
 * @param option Dash and letter: `-O`.
 */
export function splitOption(options: readonly string[], option: string): SplitOptions {
  const values: string[] = [];
  const others: string[] = [];
  const words = [...options];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith(option)) others.push(word);
    else values.push(word === option ? (words.shift() ?? "") : word.slice(option.length));
  }
  return { values, others };
}
