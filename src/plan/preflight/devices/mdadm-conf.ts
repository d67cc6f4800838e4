/** A line of mdadm.conf(5) that names an array. */
export interface ArrayLine {
  /** Where its node is to be, as written; `<ignore>` for one that is not to be assembled. */
  readonly device: string;
  /** Hexadecimal digits in lower case. */
  readonly uuid: string;
}

/** A UUID of an array, however it is written, as hexadecimal digits in lower case. */
export function uuidDigits(uuid: string): string {
  return uuid.toLowerCase().replaceAll(/[^0-9a-f]/g, "");
}

/** The arrays that a mdadm.conf(5) names by UUID. A line that begins with a blank goes on. */
export function arrayLines(text: string): ArrayLine[] {
  return text
    .replaceAll(/\n[ \t]+/g, " ")
    .split("\n")
    .flatMap((line) => {
      const [keyword = "", device = "", ...words] = line.trim().split(/\s+/);
      const uuid = words.map((word) => /^uuid=(.+)$/i.exec(word)?.[1]).find(Boolean);
      return /^array$/i.test(keyword) && uuid !== undefined
        ? [{ device, uuid: uuidDigits(uuid) }]
        : [];
    });
}

/** Whether a mdadm.conf(5) keeps arrays that it does not name from being assembled. */
export function refusesOthers(text: string): boolean {
  const policy = /^\s*auto\s+(.*)$/im.exec(text)?.[1];
  return policy !== undefined && /(?:^|\s)-all\b/.test(policy) && !/\+(?:1\.x|all)/.test(policy);
}

/**
 * The paths below `/dev` of an array that mdadm.conf(5) names, or that has a name: `data` is `/dev/md/data`. What is but a
 * number is also the kernel's node of that number: `/dev/md2` and `/dev/md/2` are one.
 */
export function arrayPaths(name: string): string[] {
  const path = name.startsWith("/") ? name : `/dev/md/${name}`;
  const number = /^\/dev\/md\/?(\d+)$/.exec(path)?.[1];
  return number === undefined
    ? [path]
    : [...new Set([path, `/dev/md${number}`, `/dev/md/${number}`])];
}
