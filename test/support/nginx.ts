import { join, resolve } from "node:path";
import { type BoundProcess, lines, spawnBound } from "./process.ts";
import { scratchDirectory } from "./scratch.ts";

/** Seconds that nginx has to open its socket. */
const startDeadline = 20;

/** Ports tried until one is free. */
const portAttempts = 20;

/** What a web server for a test may have beyond its directory. */
export interface ServeOptions {
  /** Further directories by the URL prefix they appear under, such as `{ "/zstd/": "/path/to/cache" }`. */
  readonly routes?: Readonly<Record<string, string>>;
  /** Further nginx configuration, put as it is inside `server { … }`. */
  readonly server?: string;
  /** Further nginx configuration, put as it is inside `http { … }` (`limit_req_zone`, `map`, a second `server`). */
  readonly http?: string;
}

/** A running nginx of its own; disposing it ends the server and removes its files. */
export interface WebServer extends AsyncDisposable {
  /** The address without a slash at the end; `host` is 127.0.0.1, or `10.0.2.2` as seen from a guest of QEMU. */
  url(host?: string): string;
  readonly port: number;
  /** The directory that is served at `/`. */
  readonly directory: string;
  /** Every finished request in its order, one line each: method, URI, status and bytes of the body sent. */
  accessLog(): Promise<string[]>;
  /** What nginx wrote to its error log, notices left out. */
  errorLog(): Promise<string[]>;
}

/**
 * Serves a directory over HTTP with a real nginx on a free port of 127.0.0.1, ready when the promise resolves.
 *
 * @example
 * ```ts
 * await using cache = await serveDirectory(scratch.path, { server: "location /slow/ { limit_rate 1k; }" });
 * await fetch(`${cache.url()}/nix-cache-info`);
 * ```
 * @throws Error with nginx's own messages if the configuration is refused or no port is free.
 */
export async function serveDirectory(
  directory: string,
  options: ServeOptions = {},
): Promise<WebServer> {
  const scratch = await scratchDirectory("nginx");
  try {
    return await start(scratch, resolve(directory), options);
  } catch (error) {
    await scratch[Symbol.asyncDispose]();
    throw error;
  }
}

type Scratch = Awaited<ReturnType<typeof scratchDirectory>>;

async function start(
  scratch: Scratch,
  directory: string,
  options: ServeOptions,
): Promise<WebServer> {
  let messages: string[] = [];
  for (let attempt = 0; attempt < portAttempts; attempt++) {
    const port = unusedPort();
    const configuration = join(scratch.path, "nginx.conf");
    await Bun.write(configuration, nginxConfiguration(scratch.path, directory, port, options));
    const argv = ["nginx", "-p", scratch.path, "-e", "stderr", "-c", configuration];
    const server = spawnBound(argv, scratch.path);
    messages = [];
    if (await listens(server, messages)) {
      const url = (host = "127.0.0.1") => `http://${host}:${port}`;
      return {
        url,
        port,
        directory,
        accessLog: () => readLog(url(), join(scratch.path, "access.log")),
        errorLog: () => readLog(url(), join(scratch.path, "error.log")),
        [Symbol.asyncDispose]: async () => {
          // It has nothing to save, and would sleep over a SIGTERM that comes before its first event.
          server.kill("SIGKILL");
          await server.exited;
          await scratch[Symbol.asyncDispose]();
        },
      };
    }
    if (!messages.some((line) => line.includes("Address already in use"))) break;
  }
  throw new Error(`nginx did not start:\n${messages.join("\n")}`);
}

/** The lines of a log of the server at that address, with all that belongs to what was asked of it before. */
async function readLog(address: string, path: string): Promise<string[]> {
  // nginx is one process here: by the time it answers this, what came before is in the log.
  await fetch(`${address}/.logs`, { headers: { connection: "close" } });
  const text = await Bun.file(path).text();
  return text.split("\n").filter((line) => line !== "");
}

/** Waits until nginx says that its sockets are open (true) or ends (false), and goes on to keep its messages. */
async function listens(server: BoundProcess, messages: string[]): Promise<boolean> {
  const { promise, resolve: settle } = Promise.withResolvers<boolean>();
  const deadline = setTimeout(() => {
    messages.push(`no socket after ${startDeadline} s`);
    server.kill("SIGKILL");
  }, startDeadline * 1000);
  const follow = async () => {
    for await (const line of lines(server.stderr)) {
      if (line.includes("event method")) {
        settle(true);
      }
      if (line.includes("[notice]")) continue;
      messages.push(line);
      // nginx would try the same port five times, half a second apart.
      if (line.includes("Address already in use")) server.kill("SIGKILL");
    }
    await server.exited;
    settle(false);
  };
  follow().catch(() => settle(false));
  try {
    return await promise;
  } finally {
    clearTimeout(deadline);
  }
}

/** A port that was free a moment ago; whoever takes it must be ready to find it taken. */
function unusedPort(): number {
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { data: () => undefined },
  });
  const { port } = listener;
  listener.stop(true);
  return port;
}

function nginxConfiguration(
  scratch: string,
  directory: string,
  port: number,
  options: ServeOptions,
): string {
  const routes = Object.entries(options.routes ?? {}).map(([prefix, path]) => {
    const location = `/${prefix.replaceAll(/^\/+|\/+$/g, "")}/`;
    return `location ${location} { alias ${quote(`${resolve(path)}/`)}; }`;
  });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (kind) => `${kind}_temp_path ${quote(join(scratch, kind))};`,
  );
  return `
daemon off;
master_process off;
pid ${quote(join(scratch, "nginx.pid"))};
error_log stderr notice;
error_log ${quote(join(scratch, "error.log"))} warn;
worker_rlimit_nofile 8192;
events { worker_connections 4096; }
http {
  ${temporary.join("\n  ")}
  default_type application/octet-stream;
  types { text/x-nix-narinfo narinfo; text/x-nix-cache-info nix-cache-info; text/plain txt toml; }
  log_format request '$request_method $request_uri $status $body_bytes_sent';
  access_log ${quote(join(scratch, "access.log"))} request;
  sendfile on;
  tcp_nodelay on;
  keepalive_requests 100000;
  ${options.http ?? ""}
  server {
    listen 127.0.0.1:${port} backlog=1024;
    root ${quote(directory)};
    location = /.logs { access_log off; return 204; }
    ${routes.join("\n    ")}
    ${options.server ?? ""}
  }
}
`;
}

/** A parameter of an nginx directive. */
function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, "\\$&")}"`;
}
