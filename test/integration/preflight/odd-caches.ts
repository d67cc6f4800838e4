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

/** Serves a binary cache. @param directory The cache. */
export function oddCaches(directory: string): OddCaches {
  const answer = async (request: Request) => {
    const [, which, ...parts] = new URL(request.url).pathname.split("/");
    const headers = which === "late" ? { date: "Mon, 01 Jan 2024 00:00:00 GMT" } : {};
    const file = Bun.file(join(directory, ...parts));
    if (!(await file.exists())) return new Response("nothing", { status: 404, headers });
    const isInfo = parts.at(-1)?.endsWith(".narinfo") === true;
    if (which === "incomplete" && isInfo && /^StorePath: .*-initrd$/m.test(await file.text())) {
      return new Response("nothing", { status: 404 });
    }
    return new Response(await file.bytes(), { headers });
  };
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch: answer });
  const { origin } = server.url;
  return {
    urls: { incomplete: `${origin}/incomplete`, late: `${origin}/late` },
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}
