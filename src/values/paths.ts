import * as v from "valibot";

/** Whether a text is an absolute path without empty, `.` or `..` parts. */
function isAbsolutePath(path: string): boolean {
  if (path === "/") return true;
  const [root, ...parts] = path.split("/");
  return root === "" && !path.includes("\0") && !parts.some((part) => /^\.{0,2}$/.test(part));
}

/** A path on the live or the installed system. */
export const absolutePath = v.pipe(
  v.string(),
  v.check(isAbsolutePath, "expected an absolute path without empty, . or .. parts"),
);

/** The path of a device node or of a link to one. */
export const devicePath = v.pipe(
  v.string(),
  v.check(
    (path) => isAbsolutePath(path) && path.startsWith("/dev/"),
    "expected the path of a device node, such as /dev/disk/by-id/…",
  ),
);
