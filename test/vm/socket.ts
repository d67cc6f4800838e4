import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";

/** A unix socket that QEMU is about to connect to. */
export interface Listener {
  /** The socket, once QEMU has connected. */
  readonly socket: Promise<Socket>;
  /** Stops listening; a socket that was accepted stays. */
  close(): void;
}

/**
 * Listens for the one connection of a QEMU character device. That QEMU is the one to connect means that nothing has to
 * be polled and that no byte of the guest is lost.
 */
export async function listen(directory: string, name: string): Promise<Listener> {
  const server = createServer();
  const { promise, resolve } = Promise.withResolvers<Socket>();
  server.once("connection", (socket) => {
    // QEMU's end closes when the machine ends; who needs to know watches the process.
    socket.on("error", () => undefined);
    socket.pause();
    server.close();
    resolve(socket);
  });
  server.listen(join(directory, name));
  await once(server, "listening");
  return { socket: promise, close: () => server.close() };
}

/** The other end of a socket has been closed: by the guest, or with QEMU. */
export class PortClosedError extends Error {
  override readonly name = "PortClosedError";
}

/** Bytes in pieces. */
export type Content = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Writes a stream to a socket no faster than the other end takes it. @throws PortClosedError */
export async function send(socket: Socket, content: Content): Promise<void> {
  for await (const chunk of content) {
    if (!socket.write(chunk)) await once(socket, "drain").catch(closed);
  }
}

/** The text that comes in, as it comes. @throws PortClosedError at the end, for who reads on expects more */
export async function* receive(socket: Socket): AsyncGenerator<string, never> {
  const decoder = new TextDecoder();
  try {
    for await (const chunk of socket) yield decoder.decode(chunk, { stream: true });
  } catch (error) {
    // What is left unread when QEMU ends makes the kernel report a reset instead of an end (unix(7)).
    closed(error);
  }
  closed();
}

function closed(cause?: unknown): never {
  throw new PortClosedError("the port was closed", { cause });
}
