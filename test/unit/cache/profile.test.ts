import { expect, test } from "bun:test";
import {
  addProfiles,
  formatProfile,
  nothingFetched,
  type PullStepProfile,
} from "../../../src/cache/profile.ts";
import { MiB } from "../../../src/values/size.ts";

const first: PullStepProfile = {
  fetch: 2,
  wait: 1,
  decompress: 0.5,
  hash: 0.25,
  write: 2,
  workers: 2,
  requests: 10,
  received: 1000,
  unpacked: 3000,
  paths: 9,
  files: 90,
  sync: 0.5,
  register: 0.1,
};

const second: PullStepProfile = {
  ...first,
  fetch: 1,
  workers: 1,
  requests: 1,
  paths: 1,
  files: 1,
};

test("two pulls are added up, but not their workers, who are the same", () => {
  expect(addProfiles(first, second)).toEqual({
    fetch: 3,
    wait: 2,
    decompress: 1,
    hash: 0.5,
    write: 4,
    workers: 2,
    requests: 11,
    received: 2000,
    unpacked: 6000,
    paths: 10,
    files: 91,
    resumed: 0,
    repeated: 0,
    sync: 1,
    register: 0.2,
  });
});

test("what was verified, gone on with and fetched twice is added up and told of", () => {
  const broken = { ...first, resumed: 2, repeated: 2 * MiB };
  const both = addProfiles(broken, { ...second, verify: 2, verified: 4 * MiB, repeated: MiB });
  expect(both).toMatchObject({ verify: 2, verified: 4 * MiB, resumed: 2, repeated: 3 * MiB });
  const lines = formatProfile({ ...both, walk: 0, peakMemory: 1 });
  expect(lines).toContainEqual(
    expect.stringMatching(/^ {2}verify .* what was there: 4 MiB, 2 MiB\/s$/),
  );
  expect(lines).toContain(
    "    2 of the requests went on in the middle of a NAR, 3 MiB were fetched twice",
  );
});

test("a pull that took no time can be told of", () => {
  const nothing = { ...first, fetch: 0, wait: 0, decompress: 0, hash: 0, write: 0, sync: 0 };
  const lines = formatProfile({ ...nothing, register: 0, walk: 0, peakMemory: 1 });
  expect(lines.join("\n")).not.toMatch(/NaN|Infinity/);
  expect(lines[0]).toBe("where the 0.00 s of the pull went");
});

const copied: PullStepProfile = {
  ...nothingFetched,
  copy: { seconds: 4, paths: 3, narSize: 8 * 2 ** 20 },
  sync: 1,
  register: 0,
};

test("what Nix copied is told beside what was pulled", () => {
  const both = addProfiles(addProfiles(copied, first), copied);
  expect(both).toMatchObject({ paths: 9, copy: { seconds: 8, paths: 6, narSize: 2 ** 24 } });
  expect(addProfiles(first, second)).not.toHaveProperty("copy");
  const lines = formatProfile({ ...both, walk: 0, peakMemory: 1 });
  expect(lines[0]).toBe("where the 12.60 s of the pull went");
  expect(lines).toContain("  copy            8.00 s  63 %  6 paths, by Nix: 16 MiB, 2 MiB/s");
  expect(lines.filter((line) => line.startsWith("  fetch "))).toHaveLength(1);
});

test("where Nix copied everything there is nothing to tell of a fetch", () => {
  const lines = formatProfile({ ...copied, walk: 3, peakMemory: 2 ** 20 });
  expect(lines).toEqual([
    "where the 8.00 s of the pull went",
    "  walk            3.00 s  38 %",
    "  copy            4.00 s  50 %  3 paths, by Nix: 8 MiB, 2 MiB/s",
    "  sync            1.00 s  13 %",
    "  register        0.00 s   0 %",
    "  peak memory 1 MiB",
  ]);
});
