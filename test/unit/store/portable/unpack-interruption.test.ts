import { expect, test } from "bun:test";
import type { Bytes } from "../../../../src/compression/to-stream.ts";
import { errorMessage } from "../../../../src/errors.ts";
import { unpackTarball } from "../../../../src/store/portable/unpack.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import { tarArchive } from "./tar-archive.ts";
import { officialEntries, pack, packers, pieces } from "./unpack-attempt.ts";

/** Unpacks from a source that is handed what interrupts the unpacking, and gives how that ended. */
async function unpackFrom(
  source: (interrupt: () => void) => AsyncGenerator<Bytes, void>,
): Promise<string> {
  await using scratch = await scratchDirectory("unpack");
  const controller = new AbortController();
  const unpacking = unpackTarball({
    bytes: source(() => controller.abort(new Error("interrupted"))),
    directory: scratch.path,
    system: "x86_64-linux",
    signal: controller.signal,
    onProgress: () => undefined,
  });
  return await unpacking.then(() => "unpacked", errorMessage);
}

test("an interruption ends it and closes the source", async () => {
  const archive = tarArchive(officialEntries);
  const closed = Promise.withResolvers<string>();
  async function* source(interrupt: () => void): AsyncGenerator<Bytes, void> {
    try {
      yield* pieces(archive.subarray(0, 50_000), 10_000);
      interrupt();
      yield* pieces(archive.subarray(50_000), 10_000);
    } finally {
      closed.resolve("closed");
    }
  }
  expect(await unpackFrom(source)).toBe("interrupted");
  expect(await closed.promise).toBe("closed");
});

for (const compression of Object.keys(packers)) {
  test(`${compression}: an interruption ends it though the source says nothing any more`, async () => {
    const archive = await pack(compression, tarArchive(officialEntries));
    async function* source(interrupt: () => void): AsyncGenerator<Bytes, void> {
      yield* pieces(archive.subarray(0, 50_000), 10_000);
      setImmediate(interrupt);
      await new Promise(() => undefined);
    }
    expect(await unpackFrom(source)).toBe("interrupted");
  });
}
