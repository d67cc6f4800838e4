import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { InstallerError } from "../../../src/errors.ts";
import { registerPaths } from "../../../src/store/target-store.ts";
import {
  type generalLies,
  type LieName,
  liesFor,
  type narInfoLies,
  type narLies,
} from "../../support/lies.ts";
import { type LyingCacheOptions, lyingCache } from "../../support/lying-cache.ts";
import { serveDirectory, type WebServer } from "../../support/nginx.ts";
import { rejection } from "../../support/rejection.ts";
import { scratchDirectory } from "../../support/scratch.ts";
import { testSeed } from "../../support/seed.ts";
import { Chance } from "../../unit/disk/random-layout.ts";
import { type ClosureFixture, closureFixture, nix } from "./closure-fixture.ts";
import { pull, storeEntries, walk } from "./pulling.ts";

/*
 * A cache that lies, in front of a real one: whatever it answers, it is named and left, another cache that has the path
 * serves it, and nothing that is wrong ends up in the store.
 */

setDefaultTimeout(120_000);

let fixture: ClosureFixture;
/** nginx, with the cache as it is. */
let sound: WebServer;
/** Store path of the one path that the lies are about. */
let library: string;
let nar: string;

beforeAll(async () => {
  fixture = await closureFixture();
  // Asked last, so that lies come first.
  sound = await serveDirectory(fixture.caches.zstd, {
    server: "location = /nix-cache-info { return 200 'StoreDir: /nix/store\nPriority: 90\n'; }",
  });
  const { paths } = await walk(fixture, [sound.url()]);
  const path = paths.find(({ storePath }) => storePath.endsWith("-library"));
  library = path?.storePath ?? "";
  nar = new URL(path?.narUrl ?? "").pathname;
}, 120_000);

afterAll(() => sound[Symbol.asyncDispose]());

const http = {
  connectTimeout: 0.5,
  stallTimeout: 0.5,
  textTimeout: 2,
  attempts: 2,
  minimumRate: 1000,
};

/** Pulls the one path from a lying cache, and from others. */
async function pullFrom(choose: LyingCacheOptions["choose"], others: readonly string[]) {
  await using target = await scratchDirectory("target");
  await using cache = lyingCache(sound.url(), {
    // The lying one is to be asked first.
    choose: (request) => (request.path === "/nix-cache-info" ? undefined : choose(request)),
  });
  const messages: string[] = [];
  const urls = [`${cache.url}?priority=1`, ...others];
  const one = { ...fixture, toplevel: library };
  const { report } = await pull(one, urls, target.path, { messages, http });
  return { entries: storeEntries(target.path).length, report, messages, cache };
}

const narInfo = () => `/${library.slice("/nix/store/".length).slice(0, 32)}.narinfo`;

/** What is said of each lie about a narinfo, and the reason of the failure where there is no other cache. */
const ofNarInfo: Readonly<
  Record<keyof typeof generalLies | keyof typeof narInfoLies, readonly [RegExp, string]>
> = {
  "cut off": [/closed before the answer was complete/, "cache"],
  reset: [/closed before the answer was complete/, "cache"],
  stalled: [/did not send all of it within 0\.5 s/, "cache"],
  "a byte now and then": [/did not send all of it within 0\.5 s/, "cache"],
  silent: [/did not answer within 0\.5 s/, "cache"],
  "closed at once": [/closed before the answer was complete/, "cache"],
  "no HTTP": [/does not speak HTTP/, "cache"],
  "garbage for headers": [/does not speak HTTP/, "cache"],
  "headers without end": [/does not speak HTTP/, "cache"],
  "two lengths": [/the length that the answer says it has is none/, "cache"],
  "a length too large": [/closed before the answer was complete/, "cache"],
  "a length too small": [/its last line does not end/, "integrity"],
  "an unknown encoding": [/is encoded with rot13/, "cache"],
  "a gzip bomb": [/sends more than 1048576 bytes/, "cache"],
  endless: [/sends more than 1048576 bytes/, "cache"],
  "chunks without end": [/sends more than 1048576 bytes/, "cache"],
  "an empty body": [/StorePath/, "integrity"],
  "a web page": [/sent a web page instead of a narinfo/, "cache"],
  "redirects in a circle": [/redirects more than 10 times/, "cache"],
  "a redirect to a file": [/redirects to file:\/\/\/etc\/passwd, which is not HTTP/, "cache"],
  "status 403": [/does not have it \(403\)/, "cache"],
  "status 404": [/does not have it \(404\)/, "cache"],
  "status 500": [/answered 500/, "cache"],
  "status 503 with Retry-After": [/answered 503/, "cache"],
  "status 429": [/answered 429/, "cache"],
  "another path": [/malformed|StorePath/, "integrity"],
  "other references": [/the signature by test-1 is wrong/, "integrity"],
  "another NAR hash": [/the signature by test-1 is wrong/, "integrity"],
  "another NAR size": [/the signature by test-1 is wrong/, "integrity"],
  "another name": [/sent the narinfo of .*-library-other/, "integrity"],
  "a NAR that is a file": [/has the NAR at "file:\/\/\/etc\/passwd", which is not HTTP/, "cache"],
  "a NAR elsewhere": [/127\.0\.0\.1:1\/nar\/x\.nar\.zst: the connection was refused/, "cache"],
  "a NAR of another compression": [/is no NAR/, "integrity"],
  "an unknown compression": [/rot13/, "integrity"],
  "another file hash": [/has the file hash/, "integrity"],
  "another file size": [/bytes, its narinfo says 1000/, "integrity"],
  "a malformed number": [/NarSize is malformed/, "integrity"],
  "a damaged signature": [/the signature by test-1 is wrong/, "integrity"],
};

/** The same for lies about a NAR. */
const ofNar: Readonly<
  Record<keyof typeof generalLies | keyof typeof narLies, readonly [RegExp, string]>
> = {
  // Its rest is asked for then, and the lying cache knows nothing of that.
  "cut off": [/closed before the answer was complete|ended after|sends the whole file/, "cache"],
  reset: [/closed before the answer was complete|ended after|sends the whole file/, "cache"],
  stalled: [/sent nothing for 0\.5 s|sends the whole file/, "cache"],
  "a byte now and then": [/sent only \d+ bytes in \d s/, "cache"],
  silent: [/did not answer within 0\.5 s/, "cache"],
  "closed at once": [/closed before the answer was complete/, "cache"],
  "no HTTP": [/does not speak HTTP/, "cache"],
  "garbage for headers": [/does not speak HTTP/, "cache"],
  "headers without end": [/does not speak HTTP/, "cache"],
  "two lengths": [/the length that the answer says it has is none/, "cache"],
  "a length too large": [/has \d+ bytes, its narinfo says \d+/, "integrity"],
  "a length too small": [/has \d+ bytes, its narinfo says \d+/, "integrity"],
  "an unknown encoding": [/is encoded with rot13/, "cache"],
  "a gzip bomb": [/is no NAR|is longer than the \d+ bytes/, "integrity"],
  endless: [/is no NAR|is longer than the \d+ bytes/, "integrity"],
  "chunks without end": [/is no NAR|is longer than the \d+ bytes/, "integrity"],
  "an empty body": [/has 0 bytes, its narinfo says \d+/, "integrity"],
  "a web page": [/its narinfo says \d+ \(the server says it is a web page\)/, "integrity"],
  "redirects in a circle": [/redirects more than 10 times/, "cache"],
  "a redirect to a file": [/redirects to file:\/\/\/etc\/passwd, which is not HTTP/, "cache"],
  "status 403": [/answered 403/, "cache"],
  "status 404": [/answered 404/, "cache"],
  "status 500": [/answered 500/, "cache"],
  "status 503 with Retry-After": [/answered 503/, "cache"],
  "status 429": [/answered 429/, "cache"],
  damaged: [/is no NAR|has the (?:file|NAR) hash/, "integrity"],
  "a part of it": [/has \d+ bytes, its narinfo says \d+/, "integrity"],
  "more behind it": [/is longer than the \d+ bytes/, "integrity"],
  "a zip bomb": [/is no NAR|holds more than the \d+ bytes/, "integrity"],
};

/** What caches may lack without anybody being told, as long as another has it. */
const silentLies = new Set<LieName>(["status 403", "status 404"]);

function cases(table: Readonly<Record<string, readonly [RegExp, string]>>) {
  return Object.entries(table).map(([name, [said, reason]]) => ({ name, said, reason }));
}

describe.each([
  { what: "narinfo", place: narInfo, table: ofNarInfo },
  { what: "NAR", place: () => nar, table: ofNar },
])("a $what", ({ what, place, table }) => {
  test.each(cases(table))(`answered with a lie: $name`, async ({ name, said, reason }) => {
    const lie = liesFor(place()).find((each) => each === name);
    if (lie === undefined) throw new Error(`there is no lie ${name}`);
    const choose: LyingCacheOptions["choose"] = ({ path }) => (path === place() ? lie : undefined);

    const [beside, alone] = await Promise.all([
      pullFrom(choose, [sound.url()]),
      rejection(pullFrom(choose, [])),
    ]);
    expect(beside.entries).toBe(beside.report.fetched);
    expect(beside.cache.answers.map((answer) => answer.lie)).toContain(lie);
    const told = beside.messages.join("\n");
    if (what === "NAR" || !silentLies.has(lie)) {
      expect(told).toMatch(said);
      expect(told).toContain(library);
    }
    if (reason === "integrity") expect(told).toContain("is asked last from now on");

    expect(alone).toBeInstanceOf(InstallerError);
    expect(alone).toMatchObject({ reason });
    expect(alone.message).toMatch(said);
    expect(alone.message).toContain(library);
  });
});

const runs = Number(process.env.LANDFALL_LYING_RUNS ?? 2);
const firstSeed = testSeed();

test.each(Array.from({ length: runs }, (_, index) => firstSeed + index))(
  "lies at random, beside a cache that has everything, end in a store that Nix finds right (LANDFALL_SEED=%d)",
  async (seed) => {
    // By the request, not by the order in which requests come, so that the same seed is the same cache.
    const choose: LyingCacheOptions["choose"] = ({ path, count }) => {
      const chance = new Chance(Bun.hash.crc32(`${seed} ${path} ${count}`));
      const isTrue = path === "/nix-cache-info" || !chance.happens(0.2);
      return isTrue ? undefined : chance.pick(liesFor(path));
    };
    await using target = await scratchDirectory("target");
    await using cache = lyingCache(sound.url(), {
      choose,
      latency: 3,
      bandwidth: 40_000_000,
    });
    const urls = [`${cache.url}?priority=1`, sound.url()];
    const { closure, report } = await pull(fixture, urls, target.path, { http });
    expect(report.fetched).toBe(closure.paths.length);
    registerPaths(target.path, report.paths, 1);
    await nix(["nix-store", "--store", target.path, "--verify", "--check-contents"]);
    expect(cache.answers.some(({ lie }) => lie !== undefined)).toBe(true);
  },
);
