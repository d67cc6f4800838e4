import * as v from "valibot";

/** A slash and a part that is not empty, `.` or `..`, in the common ground of regular expressions of ECMAScript and Rust. */
const part = String.raw`/(?!\.{1,2}(?:/|$))[^/\x00]+`;

/** A path on the live or the installed system. */
export const absolutePath = v.pipe(
  v.string(),
  v.regex(
    new RegExp(`^(?:/|(?:${part})+)$`),
    "expected an absolute path without empty, . or .. parts",
  ),
);

/** The path of a device node or of a link to one. */
export const devicePath = v.pipe(
  v.string(),
  v.regex(
    new RegExp(`^/dev(?:${part})+$`),
    "expected the path of a device node, such as /dev/disk/by-id/…",
  ),
);
