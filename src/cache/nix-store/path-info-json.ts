import * as v from "valibot";
import { errorMessage, InstallerError } from "../../errors.ts";
import { FormatError } from "../../nix/format-error.ts";
import { parseHash } from "../../nix/hash.ts";
import type { PathInfo } from "../../nix/path-info.ts";
import { parseStorePath, sortStorePaths } from "../../nix/store-path.ts";

const validInfo = v.object({
  narHash: v.string(),
  narSize: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  references: v.array(v.string()),
  deriver: v.nullish(v.string()),
  signatures: v.optional(v.array(v.string()), []),
  ca: v.nullish(v.string()),
});

const invalidInfo = v.object({ path: v.string(), valid: v.literal(false) });

/** Up to Nix 2.18: an array. */
const listed = v.array(
  v.union([invalidInfo, v.object({ ...validInfo.entries, path: v.string() })]),
);

/** From Nix 2.19 on: an object by path, `null` for a path that the store does not have. */
const keyed = v.record(v.string(), v.nullable(validInfo));

const pathInfoJson = v.union([listed, keyed]);

/**
 * Reads what `nix path-info --json` prints: Nix 2.4 to 2.18 an array, later ones an object, which is version 1 of
 * `--json-format` (`src/nix/path-info.cc` and `src/libstore/path-info.cc` of Nix).
 *
 * @returns Each path that was asked for: what the store knows of it, or `undefined` when it does not have it.
 * @throws {InstallerError} with reason `cache` when it is something else.
 */
export function parsePathInfoJson(text: string): Map<string, PathInfo | undefined> {
  try {
    const json = v.parse(pathInfoJson, JSON.parse(text));
    const infos = Array.isArray(json)
      ? json.map((info) => [info.path, "valid" in info ? null : info] as const)
      : Object.entries(json);
    return new Map(infos.map(([path, info]) => [path, toPathInfo(path, info)]));
  } catch (cause) {
    const isExpected =
      cause instanceof SyntaxError || cause instanceof FormatError || cause instanceof v.ValiError;
    if (!isExpected) throw cause;
    throw new InstallerError(
      "cache",
      `what the portable store's Nix says of store paths is not understood: ${errorMessage(cause)}`,
      { cause, hint: "Use a portable store with Nix 2.8 or newer." },
    );
  }
}

function toPathInfo(
  path: string,
  info: v.InferOutput<typeof validInfo> | null,
): PathInfo | undefined {
  if (info === null) return undefined;
  const { deriver, ca } = info;
  const narHash = parseHash(info.narHash);
  if (narHash.algorithm !== "sha256") {
    throw new FormatError(`the NAR hash of ${path} is ${narHash.algorithm}, not sha256`);
  }
  return {
    storePath: parseStorePath(path),
    narHash,
    narSize: info.narSize,
    references: sortStorePaths(info.references.map(parseStorePath)),
    ...(deriver === null || deriver === undefined ? {} : { deriver: parseStorePath(deriver) }),
    signatures: info.signatures,
    ...(ca === null || ca === undefined ? {} : { contentAddress: ca }),
  };
}
