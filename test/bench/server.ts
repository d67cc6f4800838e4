import { exec } from "../../src/run/command.ts";
import { serveDirectory } from "../support/nginx.ts";
import type { BenchClosure } from "./closure/build.ts";
import type { Compression } from "./closure/caches.ts";

/** What a server has answered. */
export interface Traffic {
  readonly requests: number;
  /** Bytes of bodies. */
  readonly bytes: number;
}

/** nginx with the caches and the archives of a closure. */
export interface BenchServer extends AsyncDisposable {
  readonly port: number;
  /** What it has answered since it was asked the last time. */
  traffic(): Promise<Traffic>;
}

/** The path of a closure's cache on its server. */
export function cachePath(compression: Compression): string {
  return `/caches/${compression}`;
}

/** The path of a closure's archive on its server. */
export function archivePath(compression: Compression): string {
  return `/archives/store.tar.${compression}`;
}

/** Serves a closure's folder on loopback. */
export async function serveClosure({ directory }: BenchClosure): Promise<BenchServer> {
  const server = await serveDirectory(directory);
  let seen = 0;
  return {
    port: server.port,
    traffic: async () => {
      const lines = (await server.accessLog()).slice(seen);
      seen += lines.length;
      const bytes = lines.map((line) => Number(line.split(" ").at(-1) ?? 0));
      return { requests: lines.length, bytes: bytes.reduce((sum, size) => sum + size, 0) };
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Reads every file below a path, so that no run waits for the disk of the one that serves. */
export async function readIntoMemory(path: string): Promise<void> {
  await exec(["find", path, "-type", "f", "-exec", "cksum", "{}", "+"]);
}
