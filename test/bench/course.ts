import type { Progress } from "../system/run.ts";
import type { BenchClosure } from "./closure/build.ts";
import { type BenchCache, type Compression, makeCache } from "./closure/caches.ts";
import type { Contender } from "./contenders/contender.ts";
import { startNetwork } from "./network/network.ts";
import { type BenchServer, readIntoMemory, serveClosure } from "./server.ts";

/** How far away the server is. */
export interface Line {
  /** Seconds from sending to hearing the answer. */
  readonly roundTrip: number;
  /** Bits a second. */
  readonly bandwidth: number;
}

/** What is served to whom. */
export interface CourseOptions {
  readonly closure: BenchClosure;
  readonly compression: Compression;
  readonly contenders: readonly Contender[];
  /** Default: the server is on loopback. */
  readonly line?: Line;
  readonly progress: Progress;
}

/** Everything that does not belong to a single run. */
export interface Course extends AsyncDisposable {
  readonly cache: BenchCache;
  readonly server: BenchServer;
  /** Where the contenders reach the server: `http://HOST:PORT`. */
  readonly address: string;
}

/** Makes what the contenders need, reads it into memory, and serves it. */
export async function openCourse(options: CourseOptions): Promise<Course> {
  const { closure, compression, contenders, line, progress } = options;
  const cache = await makeCache(closure, compression, progress);
  await readIntoMemory(cache.directory);
  for (const { prepare } of contenders) await prepare(closure, compression, progress);
  await using stack = new AsyncDisposableStack();
  const server = stack.use(await serveClosure(closure));
  let address = `http://127.0.0.1:${server.port}`;
  if (line !== undefined) {
    const network = stack.use(await startNetwork({ target: server.port, ...line }));
    address = network.url;
  }
  const cleanup = stack.move();
  return { cache, server, address, [Symbol.asyncDispose]: () => cleanup.disposeAsync() };
}
