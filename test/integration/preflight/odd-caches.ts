import { join } from "node:path";

/** Servers of a binary cache that is not quite right. */
export interface OddCaches extends AsyncDisposable {
  readonly urls: {
    /** The cache without any initrd. */
    readonly incomplete: string;
    /** The cache as of a server whose clock is in 2024. */
    readonly late: string;
  };
}

/** Serves the files of a directory with further headers, but for those that are hidden. */
function serveFiles(
  directory: string,
  headers: Readonly<Record<string, string>>,
  isHidden: (path: string, text: string) => boolean,
): Bun.Server<undefined> {
  return Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async ({ url }) => {
      const { pathname } = new URL(url);
      const file = Bun.file(join(directory, pathname));
      const isThere = (await file.exists()) && !isHidden(pathname, await file.text());
      return isThere
        ? new Response(await file.bytes(), { headers })
        : new Response("nothing", { status: 404, headers });
    },
  });
}

/** Whether a file of a binary cache is what it knows of an initrd. */
function isInitrd(path: string, text: string): boolean {
  return path.endsWith(".narinfo") && /^StorePath: .*-initrd$/m.test(text);
}

/** Serves a binary cache. @param directory The cache. */
export function oddCaches(directory: string): OddCaches {
  const incomplete = serveFiles(directory, {}, isInitrd);
  const late = serveFiles(directory, { date: "Mon, 01 Jan 2024 00:00:00 GMT" }, () => false);
  return {
    urls: { incomplete: incomplete.url.origin, late: late.url.origin },
    [Symbol.asyncDispose]: async () => {
      await incomplete.stop(true);
      await late.stop(true);
    },
  };
}
