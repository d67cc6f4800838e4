import { join, normalize } from "node:path";
import type { Socket } from "bun";

/** A request as far as faults care. */
interface FaultRequest {
  /** With its slash at the front and without a query. */
  readonly path: string;
  /** How often this path has been asked for, this time included. */
  readonly count: number;
  readonly headers: Headers;
}

/** An answer other than the file's. */
interface FaultReply {
  /** Default: 200. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Default: what the file has. */
  readonly body?: string | Uint8Array;
  /** What happens after this many bytes of the body: the connection is closed or reset, or nothing comes any more. */
  readonly cut?: { readonly after: number; readonly by: "close" | "reset" | "stall" };
  /** Leaves out the length of the body, which then ends with the connection. */
  readonly withoutLength?: boolean;
  /** Answers nothing at all, and leaves the connection open. */
  readonly silent?: boolean;
  /** Sends the body over and over, for as long as it is taken. */
  readonly endless?: boolean;
}

/** Says how to answer a request; `undefined` for the file as it is. */
export type Fault = (request: FaultRequest) => FaultReply | undefined;

/** A web server that does not always do what it should. */
export interface FaultServer extends AsyncDisposable {
  /** Its address without a slash at the end. */
  readonly url: string;
  /** The paths asked for, in their order. */
  readonly requests: readonly string[];
}

interface Connection {
  received: string;
  /** What is still to be sent. */
  outgoing: Buffer;
  /** Sent again whenever everything has been sent. */
  endless: Buffer | undefined;
  afterwards: "keep" | "close" | "reset" | "stall";
}

/**
 * Serves a directory over HTTP/1.1 on real sockets, with whatever faults are asked for.
 *
 * @example
 * ```ts
 * await using server = faultServer(cache, ({ path, count }) =>
 *   path.endsWith(".narinfo") && count === 1 ? { status: 500 } : undefined,
 * );
 * ```
 */
export function faultServer(directory: string, fault: Fault): FaultServer {
  const requests: string[] = [];
  const counts = new Map<string, number>();
  const open = new Set<Socket<Connection>>();

  const answer = async (socket: Socket<Connection>, head: string) => {
    const [requestLine = "", ...lines] = head.split("\r\n");
    const path = (requestLine.split(" ")[1] ?? "/").split("?", 1)[0] ?? "/";
    requests.push(path);
    const count = (counts.get(path) ?? 0) + 1;
    counts.set(path, count);
    const fields = lines.map((line): [string, string] => {
      const colon = line.indexOf(":");
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
    const file = Bun.file(join(directory, normalize(path)));
    const exists = await file.exists();
    const reply = fault({ path, count, headers: new Headers(fields) }) ?? {};
    if (reply.silent === true) return;
    const body = reply.body ?? (exists ? await file.bytes() : "not found");
    const found = exists || reply.body !== undefined;
    send(socket, { status: found ? 200 : 404, ...reply }, Buffer.from(body));
  };

  const listener = Bun.listen<Connection>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open: (socket) => {
        open.add(socket);
        socket.data = {
          received: "",
          outgoing: Buffer.alloc(0),
          endless: undefined,
          afterwards: "keep",
        };
      },
      close: (socket) => {
        open.delete(socket);
      },
      data: async (socket, chunk) => {
        socket.data.received += chunk.toString("latin1");
        const end = socket.data.received.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = socket.data.received.slice(0, end);
        socket.data.received = socket.data.received.slice(end + 4);
        await answer(socket, head);
      },
      drain: flush,
    },
  });
  return {
    url: `http://127.0.0.1:${listener.port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      listener.stop(true);
      for (const socket of open) socket.terminate();
    },
  };
}

function send(socket: Socket<Connection>, reply: FaultReply, body: Buffer): void {
  const noLength = reply.withoutLength === true || reply.endless === true;
  const fields = {
    ...(noLength ? { connection: "close" } : { "content-length": String(body.length) }),
    ...reply.headers,
  };
  const head = [
    `HTTP/1.1 ${reply.status ?? 200} ${reply.status === 404 ? "Not Found" : "Status"}`,
    ...Object.entries(fields).map(([name, value]) => `${name}: ${value}`),
  ];
  const sent = body.subarray(0, reply.cut?.after ?? body.length);
  socket.data.outgoing = Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), sent]);
  socket.data.endless = reply.endless === true ? body : undefined;
  socket.data.afterwards = reply.cut?.by ?? (noLength ? "close" : "keep");
  flush(socket);
}

function flush(socket: Socket<Connection>): void {
  const { data } = socket;
  for (;;) {
    while (data.outgoing.length > 0) {
      const written = socket.write(data.outgoing);
      if (written <= 0) return;
      data.outgoing = data.outgoing.subarray(written);
    }
    if (data.endless === undefined) break;
    data.outgoing = data.endless;
  }
  if (data.afterwards === "close") socket.end();
  if (data.afterwards === "reset") socket.terminate();
}
