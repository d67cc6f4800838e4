import { closeSync, fstatSync, openSync, readSync, writeSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import type { Chance } from "../../unit/disk/random-layout.ts";
import { type NbdDevice, serveNbd } from "./nbd.ts";

/** What survives a power cut in one piece, in bytes: a block of today's disks. */
const blockSize = 4096;

/** What a power cut has done. */
export interface PowerCut {
  /** Bytes written since the last flush, in whole blocks. */
  readonly unflushed: number;
  /** Those of them that are lost. */
  readonly lost: number;
}

/**
 * A disk with a volatile write cache, as an NBD server on a Unix socket: what was written after the last flush may be lost
 * in a power cut, each block by itself, so that later writes can survive earlier ones.
 */
export class VolatileDisk implements NbdDevice, AsyncDisposable {
  readonly size: number;
  readonly #image: number;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  /** What each block that was written since the last flush held before. */
  readonly #before = new Map<number, Buffer>();
  /** Flushes since it was made. */
  flushes = 0;

  private constructor(image: number, server: Server) {
    this.#image = image;
    this.#server = server;
    this.size = fstatSync(image).size;
  }

  /**
   * @param image The file that is the disk, a whole number of blocks.
   * @param socket Where the Unix socket is made.
   */
  static async serve(image: string, socket: string): Promise<VolatileDisk> {
    const server = createServer();
    const disk = new VolatileDisk(openSync(image, "r+"), server);
    server.on("connection", (connection) => {
      disk.#sockets.add(connection);
      connection.on("close", () => disk.#sockets.delete(connection));
      serveNbd(connection, disk);
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.listen(socket, resolve);
    await promise;
    return disk;
  }

  read(offset: number, length: number): Buffer {
    const data = Buffer.alloc(length);
    readSync(this.#image, data, 0, length, offset);
    return data;
  }

  write(offset: number, data: Buffer): void {
    const first = Math.floor(offset / blockSize);
    const end = Math.ceil((offset + data.length) / blockSize);
    const held = this.read(first * blockSize, (end - first) * blockSize);
    for (let block = first; block < end; block++) {
      if (this.#before.has(block)) continue;
      const start = (block - first) * blockSize;
      this.#before.set(block, held.subarray(start, start + blockSize));
    }
    writeSync(this.#image, data, 0, data.length, offset);
  }

  flush(): void {
    this.flushes++;
    this.#before.clear();
  }

  /**
   * The power is gone: nobody is connected any more, and of what was not flushed each block is lost with the same
   * probability.
   */
  cut(chance: Chance, probability: number): PowerCut {
    for (const socket of this.#sockets) socket.destroy();
    const unflushed = this.#before.size * blockSize;
    let lost = 0;
    for (const [block, before] of this.#before) {
      if (!chance.happens(probability)) continue;
      writeSync(this.#image, before, 0, blockSize, block * blockSize);
      lost += blockSize;
    }
    this.#before.clear();
    return { unflushed, lost };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
    closeSync(this.#image);
  }
}
