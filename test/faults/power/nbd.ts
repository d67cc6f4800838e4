import type { Socket } from "node:net";

/*
 * As much of an NBD server as QEMU needs: the fixed newstyle handshake and simple replies
 * (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md).
 */

/** What is served. Requests are carried out one after the other, in the order in which they come. */
export interface NbdDevice {
  /** Bytes. */
  readonly size: number;
  readonly read: (offset: number, length: number) => Buffer;
  readonly write: (offset: number, data: Buffer) => void;
  /** What was written before is safe when it returns. */
  readonly flush: () => void;
}

const optionMagic = 0x49484156454f5054n;
const optionReplyMagic = 0x3e889045565a9n;
const requestMagic = 0x25609513;
const replyMagic = 0x67446698;

const handshakeFlags = { fixedNewstyle: 1, noZeroes: 2 };
const transmissionFlags = { hasFlags: 1, sendFlush: 4 };
const options = { abort: 2, info: 6, go: 7 };
const optionReplies = { acknowledged: 1, info: 3, unsupported: 0x80000001 };
const requests = { read: 0, write: 1, disconnect: 2, flush: 3 };
/** EINVAL, as the protocol numbers it. */
const invalid = 22;

/** Gives the bytes of a connection in the pieces that are asked for. */
async function* inPieces(socket: Socket): AsyncGenerator<Buffer, void, number> {
  let chunks: Buffer[] = [];
  let available = 0;
  let wanted = yield Buffer.alloc(0);
  for await (const chunk of socket) {
    chunks.push(chunk);
    available += chunk.length;
    while (available >= wanted) {
      const all = Buffer.concat(chunks, available);
      const piece = all.subarray(0, wanted);
      chunks = [all.subarray(wanted)];
      available -= wanted;
      wanted = yield piece;
    }
  }
}

class Connection {
  readonly #socket: Socket;
  readonly #device: NbdDevice;
  readonly #pieces: AsyncGenerator<Buffer, void, number>;

  constructor(socket: Socket, device: NbdDevice) {
    this.#socket = socket;
    this.#device = device;
    this.#pieces = inPieces(socket);
  }

  async serve(): Promise<void> {
    await this.#pieces.next(0);
    if (!(await this.#negotiate())) return;
    while (await this.#answer());
  }

  async #take(length: number): Promise<Buffer> {
    if (length === 0) return Buffer.alloc(0);
    const { value, done } = await this.#pieces.next(length);
    if (done === true || value === undefined) throw new Error("the client has gone");
    return value;
  }

  /** @returns Whether the client wants to go on with the device. */
  async #negotiate(): Promise<boolean> {
    const greeting = Buffer.alloc(18);
    greeting.write("NBDMAGICIHAVEOPT", "latin1");
    greeting.writeUInt16BE(handshakeFlags.fixedNewstyle | handshakeFlags.noZeroes, 16);
    this.#socket.write(greeting);
    await this.#take(4);
    for (;;) {
      const header = await this.#take(16);
      if (header.readBigUInt64BE(0) !== optionMagic) throw new Error("this is no option of NBD");
      const option = header.readUInt32BE(8);
      await this.#take(header.readUInt32BE(12));
      if (option === options.go || option === options.info) {
        this.#replyToOption(option, optionReplies.info, this.#exportInformation());
        this.#replyToOption(option, optionReplies.acknowledged);
        if (option === options.go) return true;
      } else if (option === options.abort) {
        this.#replyToOption(option, optionReplies.acknowledged);
        this.#socket.end();
        return false;
      } else {
        this.#replyToOption(option, optionReplies.unsupported);
      }
    }
  }

  #exportInformation(): Buffer {
    const information = Buffer.alloc(12);
    information.writeBigUInt64BE(BigInt(this.#device.size), 2);
    information.writeUInt16BE(transmissionFlags.hasFlags | transmissionFlags.sendFlush, 10);
    return information;
  }

  #replyToOption(option: number, type: number, data: Buffer = Buffer.alloc(0)): void {
    const header = Buffer.alloc(20);
    header.writeBigUInt64BE(optionReplyMagic, 0);
    header.writeUInt32BE(option, 8);
    header.writeUInt32BE(type, 12);
    header.writeUInt32BE(data.length, 16);
    this.#socket.write(Buffer.concat([header, data]));
  }

  /** Carries out one request. @returns Whether there may be more. */
  async #answer(): Promise<boolean> {
    const header = await this.#take(28);
    if (header.readUInt32BE(0) !== requestMagic) throw new Error("this is no request of NBD");
    const type = header.readUInt16BE(6);
    const cookie = header.subarray(8, 16);
    const offset = Number(header.readBigUInt64BE(16));
    const length = header.readUInt32BE(24);
    if (type === requests.disconnect) {
      this.#socket.end();
      return false;
    }
    if (type === requests.read) {
      this.#reply(cookie, 0, this.#device.read(offset, length));
    } else if (type === requests.write) {
      this.#device.write(offset, await this.#take(length));
      this.#reply(cookie, 0);
    } else if (type === requests.flush) {
      this.#device.flush();
      this.#reply(cookie, 0);
    } else {
      this.#reply(cookie, invalid);
    }
    return true;
  }

  #reply(cookie: Buffer, error: number, data: Buffer = Buffer.alloc(0)): void {
    const header = Buffer.alloc(8);
    header.writeUInt32BE(replyMagic, 0);
    header.writeUInt32BE(error, 4);
    this.#socket.write(Buffer.concat([header, cookie, data]));
  }
}

/** Serves a device to the client at the other end of a socket, which is closed when the client has gone. */
export function serveNbd(socket: Socket, device: NbdDevice): void {
  new Connection(socket, device).serve().catch(() => socket.destroy());
}
