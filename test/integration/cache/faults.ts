import { expect } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InstallerError } from "../../../src/errors.ts";
import { type Fault, faultServer } from "../../support/fault-server.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { type ClosureFixture, closureFixture } from "./closure-fixture.ts";
import { type PullingOptions, pull, storeEntries, walk } from "./pulling.ts";

/** The fixture's cache behind servers with faults; the faults are about the one path too large to be buffered. */
export class FaultyCaches {
  readonly fixture: ClosureFixture;
  /** Store path of the library. */
  readonly library: string;
  /** Where the library's NAR is on the server. */
  readonly nar: string;
  /** Where the library's narinfo is on the server. */
  readonly narInfo: string;

  private constructor(fixture: ClosureFixture, library: string, nar: string) {
    this.fixture = fixture;
    this.library = library;
    this.nar = nar;
    this.narInfo = `/${library.slice("/nix/store/".length).slice(0, 32)}.narinfo`;
  }

  static async make(): Promise<FaultyCaches> {
    const fixture = await closureFixture();
    await using server = faultServer(fixture.caches.zstd, () => undefined);
    const { paths } = await walk(fixture, [server.url]);
    const path = paths.find(({ storePath }) => storePath.endsWith("-library"));
    if (path === undefined) throw new Error("the closure has no library");
    return new FaultyCaches(fixture, path.storePath, new URL(path.narUrl).pathname);
  }

  /** Pulls from servers with faults, which must not matter. */
  async survives(faults: readonly Fault[], options: PullingOptions = {}): Promise<Outcome> {
    const messages: string[] = [];
    await using servers = new AsyncDisposableStack();
    await using target = await scratchDirectory("target");
    const { urls, requests } = this.#start(servers, faults, options);
    const { report } = await pull(this.fixture, urls, target.path, { messages, ...options });
    expect(storeEntries(target.path).length).toBe(report.fetched);
    return { messages, requests };
  }

  /**
   * Pulls from servers with faults, which must fail and leave nothing half done of the library.
   *
   * @throws what the pull threw, if that is no {@link InstallerError}.
   */
  async fails(
    faults: readonly Fault[],
    options: FailingOptions = {},
  ): Promise<Outcome & { readonly error: InstallerError }> {
    const messages: string[] = [];
    await using servers = new AsyncDisposableStack();
    await using target = await scratchDirectory("target");
    const { urls, requests } = this.#start(servers, faults, options);
    const error = await rejection(pull(this.fixture, urls, target.path, { messages, ...options }));
    if (options.libraryIsSound !== true) {
      expect(existsSync(join(target.path, this.library))).toBe(false);
    }
    if (!(error instanceof InstallerError)) throw error;
    return { error, messages, requests };
  }

  #start(servers: AsyncDisposableStack, faults: readonly Fault[], options: PullingOptions) {
    const started = faults.map((fault) =>
      servers.use(faultServer(this.fixture.caches.zstd, fault)),
    );
    return {
      urls:
        options.urls ?? started.map(({ url }) => url.replace("//", `//${options.userInfo ?? ""}`)),
      requests: started.map((server) => server.requests),
    };
  }

  /** A file of the cache. */
  async file(path: string): Promise<Buffer> {
    return Buffer.from(await Bun.file(join(this.fixture.caches.zstd, path)).bytes());
  }

  /** The library's narinfo with something replaced. */
  async changedNarInfo(
    ...changes: readonly (readonly [RegExp, string | ((found: string) => string)])[]
  ): Promise<string> {
    let text = (await this.file(this.narInfo)).toString();
    for (const [pattern, replacement] of changes) {
      const changed = text.replace(pattern, (found) =>
        typeof replacement === "string" ? replacement : replacement(found),
      );
      if (changed === text) throw new Error(`the narinfo has no ${pattern.source}`);
      text = changed;
    }
    return text;
  }
}

/** What {@link FaultyCaches.fails} may be told. */
interface FailingOptions extends PullingOptions {
  /** The fault is about another path, so that the whole library may be in the target before the pull fails. */
  readonly libraryIsSound?: boolean;
}

/** What a pull left to be looked at. */
export interface Outcome {
  /** What was logged, with its level in front. */
  readonly messages: readonly string[];
  /** For each server the paths it was asked for. */
  readonly requests: readonly (readonly string[])[];
}

/** A server without fault. */
export const sound: Fault = () => undefined;

/** A fault of one path, the first so many times. */
export function at(
  wanted: string,
  reply: ReturnType<Fault>,
  times = Number.POSITIVE_INFINITY,
): Fault {
  return ({ path, count }) => (path === wanted && count <= times ? reply : undefined);
}

/** How often the first server was asked for a path. */
export function asked({ requests: [first = []] }: Outcome, path: string): number {
  return first.filter((request) => request === path).length;
}
