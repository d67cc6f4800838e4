import type { Socket, TCPSocketListener } from "bun";

/** An HTTP proxy of a test's own. */
export interface HttpProxy extends AsyncDisposable {
  /** `host:port` */
  readonly host: string;
  /** The request lines that it was sent. */
  readonly requests: readonly string[];
}

interface Side {
  /** Bytes of the head so far; `undefined` once there is a connection to the server. */
  head: string | undefined;
  other: Socket<Side> | undefined;
  /** What the other side could not be sent yet. */
  waiting: Buffer;
  /** Whether it is closed once all of that has been sent. */
  isEnding: boolean;
}

const newSide = (head: string | undefined): Side => ({
  head,
  other: undefined,
  waiting: Buffer.alloc(0),
  isEnding: false,
});

/**
 * Starts a proxy (RFC 9110, 9.3.6 CONNECT; RFC 9112, 3.2.2 absolute-form). Names end in `.test` are those of this machine.
 *
 * @param credentials `name:password` that it demands.
 */
export function httpProxy(credentials?: string): HttpProxy {
  const requests: string[] = [];
  const open = new Set<Socket<Side>>();
  const expected =
    credentials === undefined ? undefined : `Basic ${Buffer.from(credentials).toString("base64")}`;

  const handlers = {
    open: (socket: Socket<Side>) => {
      open.add(socket);
    },
    close: (socket: Socket<Side>) => {
      open.delete(socket);
      const { other } = socket.data;
      if (other === undefined) return;
      other.data.isEnding = true;
      flush(other);
    },
    drain: flush,
  };

  const connect = async (socket: Socket<Side>, head: string, rest: Buffer) => {
    const [line = "", ...fields] = head.split("\r\n");
    requests.push(line);
    const given = fields.find((field) => /^proxy-authorization:/i.test(field));
    if (expected !== undefined && given?.split(": ")[1] !== expected) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n");
      return;
    }
    const [method = "", target = "", version = ""] = line.split(" ");
    const url = new URL(method === "CONNECT" ? `http://${target}` : target);
    const server = await Bun.connect<Side>({
      hostname: url.hostname.endsWith(".test") ? "127.0.0.1" : url.hostname,
      port: Number(url.port === "" ? 80 : url.port),
      data: { ...newSide(undefined), other: socket },
      socket: { ...handlers, data: (own, chunk) => pass(own.data.other, chunk) },
    });
    socket.data.other = server;
    if (method === "CONNECT") {
      socket.write("HTTP/1.1 200 Connected\r\n\r\n");
      pass(server, rest);
      return;
    }
    const kept = fields.filter((field) => !/^(?:proxy-|connection:)/i.test(field));
    // One request for each connection, so that none needs to be taken apart.
    const sent = [
      `${method} ${url.pathname}${url.search} ${version}`,
      ...kept,
      "connection: close",
    ];
    pass(server, Buffer.concat([Buffer.from(`${sent.join("\r\n")}\r\n\r\n`), rest]));
  };

  const listener: TCPSocketListener<Side> = Bun.listen<Side>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      ...handlers,
      open: (socket) => {
        socket.data = newSide("");
        open.add(socket);
      },
      data: async (socket, chunk) => {
        if (socket.data.head === undefined) {
          pass(socket.data.other, chunk);
          return;
        }
        socket.data.head += chunk.toString("latin1");
        const end = socket.data.head.indexOf("\r\n\r\n");
        if (end < 0) return;
        const { head } = socket.data;
        socket.data.head = undefined;
        await connect(socket, head.slice(0, end), Buffer.from(head.slice(end + 4), "latin1"));
      },
    },
  });
  return {
    host: `127.0.0.1:${listener.port}`,
    requests,
    [Symbol.asyncDispose]: async () => {
      listener.stop(true);
      for (const socket of open) socket.terminate();
    },
  };
}

function pass(to: Socket<Side> | undefined, chunk: Buffer): void {
  if (to === undefined) return;
  to.data.waiting = Buffer.concat([to.data.waiting, chunk]);
  flush(to);
}

function flush(socket: Socket<Side>): void {
  const { data } = socket;
  const written = socket.write(data.waiting);
  if (written > 0) data.waiting = data.waiting.subarray(written);
  if (data.isEnding && data.waiting.length === 0) socket.end();
}
