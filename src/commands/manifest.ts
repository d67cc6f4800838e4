import { refuseSharedStandardInput } from "../manifest/check.ts";
import { parseManifest } from "../manifest/parse.ts";
import type { Manifest } from "../manifest/schema.ts";
import { readManifest } from "../manifest/source.ts";
import type { Session } from "./session.ts";

/** The arguments that say which manifest is meant. */
export interface ManifestArguments {
  readonly manifest: string;
  readonly "manifest-sha256"?: string | undefined;
}

/** Reads and validates the manifest that a command line names. @throws {InstallerError} */
export async function loadManifest(
  { manifest: source, "manifest-sha256": sha256 }: ManifestArguments,
  session: Session,
  signal?: AbortSignal,
): Promise<Manifest> {
  const text = await readManifest(source, {
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(signal === undefined ? {} : { signal }),
  });
  const { manifest, positions } = parseManifest(text);
  session.positions = positions;
  refuseSharedStandardInput(source, manifest, positions);
  return manifest;
}
