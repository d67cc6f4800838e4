import { MiB } from "../values/size.ts";

/** What a pull may use: made for the machine it runs on. */
export interface Resources {
  /** Threads that fetch and unpack. */
  readonly workers: number;
  /** Bytes of NARs, packed and unpacked, that all workers together may hold in memory. */
  readonly bufferMemory: number;
}

/** More threads than this only cost memory. */
const maximumWorkers = 8;

/** Beside these, further threads only make the heads of a disk that turns move: they write as much as it takes. */
const maximumWorkersOfRotationalDisk = 4;

/** What the installer needs before it has a worker, and what the kernel needs to write back what was written, bytes. */
const reserved = 128 * MiB;

/** What a worker needs besides its buffers, bytes: its heap, and a decoder with its window. */
const workerMemory = 48 * MiB;

/** What a worker may hold of NARs, bytes: enough to have its next paths on the way while it unpacks one. */
const buffersPerWorker = 6 * MiB;

/**
 * How many workers a pull starts and how much they may buffer: one for each processor, as far as there is memory and
 * there are connections for them, and always one. Pure.
 *
 * @param machine `availableMemory`: bytes that programs can have without swapping; `processors`: those that this process
 *   may run on; `connections`: requests at once; `rotational`: whether what is written to is a disk that turns.
 */
export function planResources(machine: {
  readonly availableMemory: number;
  readonly processors: number;
  readonly connections: number;
  readonly rotational?: boolean;
}): Resources {
  const { availableMemory, processors, connections, rotational = false } = machine;
  const affordable = Math.floor((availableMemory - reserved) / (workerMemory + buffersPerWorker));
  const maximum = rotational ? maximumWorkersOfRotationalDisk : maximumWorkers;
  const workers = Math.max(1, Math.min(processors, connections, maximum, affordable));
  return { workers, bufferMemory: workers * buffersPerWorker };
}
