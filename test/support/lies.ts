import { gzipSync, zstdCompressSync } from "node:zlib";

/** What the real cache has at a path. */
export interface Upstream {
  readonly path: string;
  readonly status: number;
  readonly body: Buffer;
  /** Asks it for something else. */
  readonly get: (path: string) => Promise<Buffer>;
}

/** What is answered instead; everything else is as the real cache has it. */
interface Answer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer;
  /** Instead of a `Content-Length`. */
  readonly framing?: "chunked" | "none";
  /** In the place of status line and headers, with the empty line at its end. */
  readonly head?: string;
  /** How often the body is sent. */
  readonly repeat?: number;
  /** Bytes that are sent at once. */
  readonly piece?: number;
  /** Milliseconds between two pieces. */
  readonly pause?: number;
  /** What becomes of the connection. Default: it is kept. */
  readonly ending?: "keep" | "close" | "reset" | "stall";
}

/** Makes a lie of the truth. */
export type Lie = (truth: Upstream) => Answer | Promise<Answer>;

const page = Buffer.from("<!DOCTYPE html><html><title>Log in</title><h1>Welcome</h1></html>\n");
const html = { "content-type": "text/html; charset=utf-8" };

/** The truth with one byte in its middle changed. */
function damaged(body: Buffer): Buffer {
  const copy = Buffer.from(body);
  const middle = copy.length >> 1;
  copy[middle] = (copy[middle] ?? 0) ^ 0x55;
  return copy;
}

/** A narinfo with a field changed. */
function withField(name: string, value: (old: string) => string): Lie {
  const line = new RegExp(`^${name}: (.*)$`, "m");
  return ({ body }) => ({
    body: Buffer.from(body.toString().replace(line, (_, old: string) => `${name}: ${value(old)}`)),
  });
}

/** Tells the length of the whole body, sends a part, and then does as it is told. */
function broken(ending: "close" | "reset" | "stall"): Lie {
  return ({ body }) => ({
    headers: { "content-length": String(body.length) },
    framing: "none",
    body: body.subarray(0, body.length >> 1),
    ending,
  });
}

function failing(status: number, headers: Readonly<Record<string, string>> = {}): Lie {
  return () => ({ status, headers, body: Buffer.from("try again later") });
}

const redirect = (location: string) =>
  ({ status: 302, headers: { location }, body: Buffer.alloc(0) }) as const;

const nothing = Buffer.alloc(0);
const bombPiece = 16 * 2 ** 20;
/** How often a piece is sent, so that it is 4 GiB in all. */
const bombPieces = 256;

/** A lie for a request for anything. */
export const generalLies = {
  "cut off": broken("close"),
  reset: broken("reset"),
  stalled: broken("stall"),
  "a byte now and then": () => ({ piece: 1, pause: 100 }),
  silent: () => ({ head: "", body: nothing, ending: "stall" }),
  "closed at once": () => ({ head: "", body: nothing, ending: "close" }),
  "no HTTP": () => ({ head: "SSH-2.0-OpenSSH_9.2p1\r\n\r\n", body: nothing, ending: "close" }),
  "garbage for headers": () => ({ head: "HTTP/1.1 200 OK\r\nx \u0001 y\r\n\r\n" }),
  "headers without end": () => ({ head: `HTTP/1.1 200 OK\r\n${"x-a: b\r\n".repeat(100_000)}` }),
  "two lengths": ({ body }) => ({
    head: `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\nContent-Length: 7\r\n\r\n`,
  }),
  "a length too large": ({ body }) => ({
    framing: "none",
    headers: { "content-length": String(body.length + 1000) },
    ending: "close",
  }),
  "a length too small": ({ body }) => ({
    framing: "none",
    headers: { "content-length": String(body.length - 10) },
    ending: "close",
  }),
  "an unknown encoding": () => ({ headers: { "content-encoding": "rot13" } }),
  "a gzip bomb": () => ({
    framing: "chunked",
    headers: { "content-encoding": "gzip" },
    body: gzipSync(Buffer.alloc(bombPiece)),
    repeat: bombPieces,
  }),
  endless: () => ({ framing: "none", body: endless, repeat: Infinity }),
  "chunks without end": () => ({ framing: "chunked", body: endless, repeat: Infinity }),
  "an empty body": () => ({ body: nothing }),
  "a web page": () => ({ body: page, headers: html }),
  "redirects in a circle": ({ path }) => redirect(path),
  "a redirect to a file": () => redirect("file:///etc/passwd"),
  "status 403": failing(403),
  "status 404": failing(404),
  "status 500": failing(500),
  "status 503 with Retry-After": failing(503, { "retry-after": "3600" }),
  "status 429": failing(429),
} as const satisfies Record<string, Lie>;

const endless = Buffer.alloc(65_536, "StorePath: endless\n");

/** A lie for a request for a narinfo. */
export const narInfoLies = {
  "another path": async ({ get }) => ({ body: await get("/nix-cache-info") }),
  "other references": withField("References", () => "00000000000000000000000000000000-evil"),
  "another NAR hash": withField("NarHash", () => `sha256:${"0".repeat(51)}1`),
  "another NAR size": withField("NarSize", () => "1125899906842624"),
  "another name": withField("StorePath", (old) => `${old}-other`),
  "a NAR that is a file": withField("URL", () => "file:///etc/passwd"),
  "a NAR elsewhere": withField("URL", () => "http://127.0.0.1:1/nar/x.nar.zst"),
  "a NAR of another compression": withField("Compression", () => "gzip"),
  "an unknown compression": withField("Compression", () => "rot13"),
  "another file hash": withField("FileHash", () => `sha256:${"0".repeat(51)}1`),
  "another file size": withField("FileSize", () => "1000"),
  "a malformed number": withField("NarSize", () => "many"),
  "a damaged signature": withField("Sig", (old) => old.replace(/:../, ":AA")),
} as const satisfies Record<string, Lie>;

/** A lie for a request for a NAR. */
export const narLies = {
  damaged: ({ body }) => ({ body: damaged(body) }),
  "a part of it": ({ body }) => ({ body: body.subarray(0, body.length >> 1) }),
  "more behind it": ({ body }) => ({ framing: "chunked", body: Buffer.concat([body, page]) }),
  "a zip bomb": () => ({
    framing: "chunked",
    body: zstdCompressSync(Buffer.alloc(bombPiece)),
    repeat: bombPieces,
  }),
} as const satisfies Record<string, Lie>;

export const lies: Readonly<Record<LieName, Lie>> = { ...generalLies, ...narInfoLies, ...narLies };

/** The name of a lie. */
export type LieName = keyof typeof generalLies | keyof typeof narInfoLies | keyof typeof narLies;

/** The names of all lies that fit a path of a binary cache. */
export function liesFor(path: string): readonly LieName[] {
  const names = (table: Partial<Record<LieName, Lie>>) =>
    Object.keys(table).filter((name): name is LieName => name in lies);
  const special = path.endsWith(".narinfo") ? narInfoLies : path.startsWith("/nar/") ? narLies : {};
  return [...names(generalLies), ...names(special)];
}
