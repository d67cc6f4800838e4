import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { lstat } from "node:fs/promises";
import { join } from "node:path";
import type { Closure } from "../../../src/cache/closure.ts";
import { type PullReport, pullClosure } from "../../../src/cache/pull.ts";
import { walkClosure } from "../../../src/cache/walk.ts";
import { defaultHttpSettings, type HttpSettings } from "../../../src/http/retry.ts";
import type { ClosureFixture } from "./closure-fixture.ts";

/** As patient as a test can be. */
export const quickHttp: HttpSettings = {
  ...defaultHttpSettings,
  connectTimeout: 5,
  stallTimeout: 5,
  retryDelay: 0.01,
  maximumRetryDelay: 0.1,
};

/** What {@link walk} and {@link pull} may be told apart from the caches. */
export interface PullingOptions {
  readonly http?: Partial<HttpSettings>;
  readonly trustedPublicKeys?: readonly string[];
  readonly requireSignatures?: boolean;
  readonly autoOptimise?: boolean;
  readonly signal?: AbortSignal;
  /** Gets everything that is logged. */
  readonly messages?: string[];
  /** Caches to use instead of those that were started. */
  readonly urls?: readonly string[];
  /** Put in front of the host names of those that were started: `user:password@`. */
  readonly userInfo?: string;
  /** Changes the closure between the walk and the pull. */
  readonly change?: (closure: Closure) => Closure;
}

/** Walks the fixture's closure in caches. */
export function walk(
  fixture: ClosureFixture,
  substituters: readonly string[],
  options: PullingOptions = {},
): Promise<Closure> {
  return walkClosure({
    toplevel: fixture.toplevel,
    substituters,
    trustedPublicKeys: options.trustedPublicKeys ?? [fixture.publicKey],
    requireSignatures: options.requireSignatures ?? true,
    connections: 16,
    signal: options.signal ?? new AbortController().signal,
    log: (level, message) => options.messages?.push(`${level}: ${message}`),
    http: { ...quickHttp, ...options.http },
  });
}

/** Walks the fixture's closure in caches and pulls it into `root`. */
export async function pull(
  fixture: ClosureFixture,
  substituters: readonly string[],
  root: string,
  options: PullingOptions = {},
): Promise<{ readonly closure: Closure; readonly report: PullReport }> {
  const walked = await walk(fixture, substituters, options);
  const closure = options.change?.(walked) ?? walked;
  const report = await pullClosure({
    closure,
    root,
    connections: 16,
    autoOptimise: options.autoOptimise ?? false,
    signal: options.signal ?? new AbortController().signal,
    log: (level, message) => options.messages?.push(`${level}: ${message}`),
    http: { ...quickHttp, ...options.http },
  });
  return { closure, report };
}

/**
 * Every file below a directory, by its path in latin-1: type and mode, owner, modification time, and what it holds.
 */
export async function listTree(root: string): Promise<Record<string, string>> {
  const tree: Record<string, string> = {};
  const visit = async (path: Buffer, name: string) => {
    const stat = await lstat(path, { bigint: true });
    const holds = stat.isSymbolicLink()
      ? readlinkSync(path, "latin1")
      : stat.isFile()
        ? Bun.hash(readFileSync(path)).toString(36)
        : "";
    tree[name] = `${stat.mode.toString(8)} ${stat.uid}:${stat.gid} ${stat.mtimeNs} ${holds}`;
    if (!stat.isDirectory()) return;
    for (const entry of readdirSync(path, { encoding: "buffer" })) {
      const child = Buffer.concat([path, Buffer.from("/"), entry]);
      await visit(child, `${name}/${entry.toString("latin1")}`);
    }
  };
  await visit(Buffer.from(root), "");
  return tree;
}

/** The names in a store directory, Nix's own left out. */
export function storeEntries(root: string): string[] {
  return readdirSync(join(root, "nix/store"))
    .filter((name) => name !== ".links")
    .toSorted();
}
