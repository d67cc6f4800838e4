import { setImmediate } from "node:timers/promises";
import type { Socket } from "bun";
import { type Lie, type LieName, lies, type Upstream } from "./lies.ts";

/** A request as far as lies care. */
interface LyingRequest {
  /** With its slash at the front. */
  readonly path: string;
  /** How often this path has been asked for, this time included. */
  readonly count: number;
}

/** What a {@link LyingCache} is told. */
export interface LyingCacheOptions {
  /** Which lie a request is answered with; `undefined` for the truth. */
  readonly choose: (request: LyingRequest) => LieName | undefined;
  /** Milliseconds before each answer. Default: 0. */
  readonly latency?: number;
  /** Bytes a second of each answer. Default: as many as go. */
  readonly bandwidth?: number;
}

/** A binary cache that is a real one but for its lies. */
export interface LyingCache extends AsyncDisposable {
  /** Its address without a slash at the end. */
  readonly url: string;
  /** What was asked for, and how that was answered. */
  readonly answers: readonly { readonly path: string; readonly lie: LieName | undefined }[];
}

interface Client {
  received: string;
  isClosed: boolean;
  /** Resolved when there is room for more, or nobody to send to. */
  drained: PromiseWithResolvers<void>;
  readonly closed: PromiseWithResolvers<void>;
  /** Answers are sent one after the other. */
  turn: Promise<void>;
}

/**
 * Passes requests on to a real cache, and answers some with a lie.
 *
 * @param upstream The real cache's address without a slash at the end.
 */
export function lyingCache(upstream: string, options: LyingCacheOptions): LyingCache {
  const answers: { path: string; lie: LieName | undefined }[] = [];
  const counts = new Map<string, number>();
  const open = new Set<Socket<Client>>();

  const answer = async (socket: Socket<Client>, head: string) => {
    const path = head.split(" ", 2)[1] ?? "/";
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    const name = options.choose({ path, count });
    answers.push({ path, lie: name });
    const truth = await askUpstream(upstream, path);
    await Bun.sleep(options.latency ?? 0);
    await tell(socket, name === undefined ? honest : lies[name], truth, options.bandwidth);
  };

  const listener = Bun.listen<Client>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => {
        open.add(socket);
        socket.data = {
          received: "",
          isClosed: false,
          drained: Promise.withResolvers(),
          closed: Promise.withResolvers(),
          turn: Promise.resolve(),
        };
      },
      close: (socket) => {
        open.delete(socket);
        socket.data.isClosed = true;
        socket.data.drained.resolve();
        socket.data.closed.resolve();
      },
      drain: (socket) => socket.data.drained.resolve(),
      data: (socket, chunk) => {
        const { data } = socket;
        data.received += chunk.toString("latin1");
        for (;;) {
          const end = data.received.indexOf("\r\n\r\n");
          if (end < 0) return;
          const head = data.received.slice(0, end);
          data.received = data.received.slice(end + 4);
          data.turn = data.turn.then(() => answer(socket, head));
        }
      },
    },
  });
  return {
    url: `http://127.0.0.1:${listener.port}`,
    answers,
    [Symbol.asyncDispose]: async () => {
      listener.stop(true);
      for (const socket of open) socket.terminate();
    },
  };
}

const honest: Lie = () => ({});

async function askUpstream(upstream: string, path: string): Promise<Upstream> {
  const get = async (wanted: string) => {
    const response = await fetch(`${upstream}${wanted}`);
    return { status: response.status, body: Buffer.from(await response.arrayBuffer()) };
  };
  return { path, ...(await get(path)), get: async (wanted) => (await get(wanted)).body };
}

async function tell(
  socket: Socket<Client>,
  lie: Lie,
  truth: Upstream,
  bandwidth: number | undefined,
): Promise<void> {
  const answer = await lie(truth);
  const body = answer.body ?? truth.body;
  const { status = truth.status, ending = "keep", repeat = 1, pause = 0 } = answer;
  const isChunked = answer.framing === "chunked";
  const fields = {
    ...(answer.framing === undefined ? { "content-length": String(body.length) } : {}),
    ...(isChunked ? { "transfer-encoding": "chunked" } : {}),
    ...answer.headers,
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = answer.head ?? `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n`;
  await write(socket, Buffer.from(head, "latin1"));
  const piece = answer.piece ?? Math.max(1, Math.ceil((bandwidth ?? Infinity) / 20));
  const size = Math.min(piece, 65_536);
  for (let round = 0; round < repeat && !socket.data.isClosed; round++) {
    for (let offset = 0; offset < body.length && !socket.data.isClosed; offset += size) {
      const part = body.subarray(offset, offset + size);
      await write(socket, isChunked ? asChunk(part) : part);
      // Without letting others go on, it would never be seen that the connection has been closed.
      await setImmediate();
      if (pause > 0) await Bun.sleep(pause);
      else if (bandwidth !== undefined) await Bun.sleep((part.length / bandwidth) * 1000);
    }
  }
  if (isChunked && ending === "keep") await write(socket, Buffer.from("0\r\n\r\n"));
  if (ending === "close") socket.end();
  if (ending === "reset") socket.terminate();
  if (ending === "stall") await socket.data.closed.promise;
}

function asChunk(part: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${part.length.toString(16)}\r\n`), part, Buffer.from("\r\n")]);
}

/** Sends all of it, as fast as it is taken. */
async function write(socket: Socket<Client>, bytes: Buffer): Promise<void> {
  for (let rest = bytes; rest.length > 0; ) {
    if (socket.data.isClosed) return;
    const drained = Promise.withResolvers<void>();
    socket.data.drained = drained;
    const written = socket.write(rest);
    if (written < 0) return;
    rest = rest.subarray(written);
    if (rest.length > 0) await drained.promise;
  }
}
