import { expect, setDefaultTimeout, test } from "bun:test";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { join } from "node:path";
import { type Network, startNetwork } from "../../bench/network/network.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";

setDefaultTimeout(60_000);

/** A server of TCP on a port of loopback; disposing it breaks what is left of its connections. */
async function listen(
  onConnection: (socket: Socket) => void,
): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    onConnection(socket);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return {
    port: address.port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function open(network: Network): Promise<Socket> {
  const socket = connect({
    host: network.host,
    port: network.port,
    noDelay: true,
    allowHalfOpen: true,
  });
  await once(socket, "connect");
  return socket;
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

const least = (values: readonly number[]) => Math.min(...values);

test("takes a round trip to connect, and one to answer", async () => {
  await using server = await listen((socket) => socket.pipe(socket));
  for (const roundTrip of [0.02, 0.15]) {
    await using network = await startNetwork({ target: server.port, roundTrip, bandwidth: 1e9 });
    const [connecting, answering]: [number[], number[]] = [[], []];
    for (let count = 0; count < 5; count++) {
      let socket: Socket | undefined;
      connecting.push(
        await secondsOf(async () => {
          socket = await open(network);
        }),
      );
      answering.push(
        await secondsOf(async () => {
          socket?.write("ping");
          if (socket !== undefined) await once(socket, "data");
        }),
      );
      socket?.destroy();
    }
    expect(least(connecting) / roundTrip).toBeWithin(1, 1.1);
    expect(least(answering) / roundTrip).toBeWithin(1, 1.1);
  }
});

test("carries as much as its bandwidth, over one connection and over many", async () => {
  await using scratch = await scratchDirectory("network");
  await Bun.write(join(scratch.path, "file"), new Uint8Array(10e6));
  await using server = await serveDirectory(scratch.path);
  await using network = await startNetwork({
    target: server.port,
    roundTrip: 0.02,
    bandwidth: 1e8,
  });
  for (const connections of [1, 20]) {
    const share = 10e6 / connections;
    const seconds = await secondsOf(() =>
      Promise.all(
        Array.from({ length: connections }, async (_, number) => {
          const range = `bytes=${number * share}-${(number + 1) * share - 1}`;
          const response = await fetch(`${network.url}/file`, {
            headers: { range, connection: "close" },
          });
          expect((await response.arrayBuffer()).byteLength).toBe(share);
        }),
      ),
    );
    // Never more; how much less is up to what else the machine does.
    expect((10e6 * 8) / seconds / 1e8).toBeWithin(0.5, 1);
  }
  const { down } = await network.stop();
  expect(down.bytes).toBeGreaterThan(20e6);
  expect(down.dropped).toBe(0);
});

test("lets one side close while the other goes on", async () => {
  await using server = await listen((socket) => {
    const received: Buffer[] = [];
    socket.on("data", (data: Buffer) => received.push(data));
    socket.on("end", () => socket.end(Buffer.concat(received)));
  });
  await using network = await startNetwork({
    target: server.port,
    roundTrip: 0.02,
    bandwidth: 1e9,
  });
  const socket = await open(network);
  socket.end("all that there is");
  expect((await socket.toArray()).join("")).toBe("all that there is");
});

test("passes on that the server broke the connection, and that nobody listens", async () => {
  const server = await listen((socket) => socket.once("data", () => socket.resetAndDestroy()));
  await using network = await startNetwork({
    target: server.port,
    roundTrip: 0.02,
    bandwidth: 1e9,
  });
  const socket = await open(network);
  socket.write("ping");
  const [error] = await once(socket, "error");
  expect(String(error)).toContain("ECONNRESET");
  await server[Symbol.asyncDispose]();
  expect((await rejection(open(network))).message).toContain("ECONNREFUSED");
});

test("is gone when it is stopped", async () => {
  await using server = await listen((socket) => socket.end("hello"));
  const network = await startNetwork({ target: server.port, roundTrip: 0.02, bandwidth: 1e9 });
  await network.stop();
  const addresses = await Bun.$`ip -o address`.text();
  expect(addresses).not.toContain(network.host.replace(/\d+$/, ""));
});
