import type { Socket } from "bun";

/**
 * What becomes of a connection, counted from 1, when so many were ended already: bytes of answers after which it ends;
 * `undefined` for one that may live.
 */
export type Cut = (connection: number, cuts: number) => number | undefined;

/** How a connection ends: it is closed, or nothing comes any more. `fetch` may lose what came right before it is closed. */
export type CutKind = "close" | "stall";

/** A TCP proxy that ends connections in the middle of answers. */
export interface CuttingProxy extends AsyncDisposable {
  /** Its address without a slash at the end. */
  readonly url: string;
  /** Connections that were ended in the middle. */
  readonly cuts: number;
  /** Bytes of answers that were passed on, headers included. */
  readonly passed: number;
}

interface Side {
  readonly kind: CutKind;
  upstream: Socket<Downstream> | undefined;
  /** What came before the server was connected. */
  early: Buffer[];
  /** What the client has not taken yet. */
  outgoing: Buffer;
  left: number;
  ends: boolean;
}

interface Downstream {
  readonly client: Socket<Side>;
}

/**
 * Passes connections on to a server on 127.0.0.1, and ends each after as many bytes of its answers as it is told.
 *
 * @param cut Asked for each connection.
 */
export function cuttingProxy(port: number, cut: Cut, kind: CutKind = "close"): CuttingProxy {
  const state = { cuts: 0, passed: 0, connections: 0 };
  const open = new Set<Socket<Side>>();
  const listener = Bun.listen<Side>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (client) => {
        open.add(client);
        const left = cut(++state.connections, state.cuts) ?? Number.POSITIVE_INFINITY;
        const outgoing = Buffer.alloc(0);
        client.data = { upstream: undefined, early: [], outgoing, left, ends: false, kind };
        void connect(client, port, state);
      },
      data: (client, chunk) => {
        const { upstream, early } = client.data;
        if (upstream === undefined) early.push(Buffer.from(chunk));
        else upstream.write(chunk);
      },
      drain: flush,
      close: (client) => {
        open.delete(client);
        client.data.upstream?.terminate();
      },
    },
  });
  return {
    url: `http://127.0.0.1:${listener.port}`,
    get cuts() {
      return state.cuts;
    },
    get passed() {
      return state.passed;
    },
    [Symbol.asyncDispose]: async () => {
      listener.stop(true);
      for (const client of open) client.terminate();
    },
  };
}

async function connect(
  client: Socket<Side>,
  port: number,
  state: { cuts: number; passed: number },
): Promise<void> {
  const upstream = await Bun.connect<Downstream>({
    hostname: "127.0.0.1",
    port,
    data: { client },
    socket: {
      data: (_, chunk) => {
        const side = client.data;
        if (side.ends) return;
        const kept = chunk.subarray(0, side.left);
        side.left -= kept.length;
        state.passed += kept.length;
        side.outgoing = Buffer.concat([side.outgoing, kept]);
        side.ends = kept.length < chunk.length || side.left === 0;
        if (side.ends) state.cuts++;
        flush(client);
      },
      close: () => {
        client.data.ends = true;
        flush(client);
      },
    },
  });
  client.data.upstream = upstream;
  for (const chunk of client.data.early.splice(0)) upstream.write(chunk);
}

function flush(client: Socket<Side>): void {
  const side = client.data;
  while (side.outgoing.length > 0) {
    const written = client.write(side.outgoing);
    if (written <= 0) return;
    side.outgoing = side.outgoing.subarray(written);
  }
  if (side.ends && side.kind === "close") client.end();
}
