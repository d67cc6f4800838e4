import { readFileSync } from "node:fs";
import { keepFilesForPull } from "../cache/kept-files.ts";
import { parseMemory } from "../facts/memory.ts";
import type { Manifest } from "../manifest/schema.ts";
import { execBeforehand } from "../store/portable/unpack-beforehand.ts";
import { readSystemFromCaches } from "../system-info/read-from-caches.ts";
import type { SystemInfo } from "../system-info/system-info.ts";
import { type WalkRun, walkCaches } from "./walk.ts";

/** What the caches know of a manifest's system. */
interface Answer {
  readonly system: SystemInfo;
  /** How long the closure was walked. */
  readonly walkSeconds: number;
}

/**
 * Walks the closure of a manifest's system in its caches, and asks it what it is.
 *
 * @throws {InstallerError} as `walkClosure` and `readSystemFromCaches`.
 */
export async function askCaches(manifest: Manifest, run: WalkRun): Promise<Answer> {
  const { closure, seconds: walkSeconds } = await walkCaches(manifest, run);
  const { signal } = run;
  const log = (level: "debug" | "info" | "warning", text: string) =>
    run.emit({ type: "message", level, text });
  const { cache } = manifest;
  run.emit({ type: "activity", text: "reading what the system expects of the machine" });
  const system = await readSystemFromCaches(closure, {
    signal,
    log,
    kept: keepFilesForPull(parseMemory(readFileSync("/proc/meminfo", "utf8")).available),
    execute: (argv, options) => execBeforehand(argv, options, { signal, log }),
    trust: {
      trustedPublicKeys: cache["trusted-public-keys"],
      requireSignatures: cache["require-sigs"],
    },
  });
  run.emit({ type: "activity" });
  return { system, walkSeconds };
}
