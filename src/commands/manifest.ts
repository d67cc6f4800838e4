import { refuseSharedStandardInput } from "../manifest/check.ts";
import { type ParsedManifest, parseManifest } from "../manifest/parse.ts";
import type { ManifestText } from "../manifest/positions.ts";
import { readManifest } from "../manifest/source.ts";
import { useEnvironmentAccess } from "./server-access.ts";
import type { Session } from "./session.ts";

/** The arguments that say which manifest is meant. */
export interface ManifestArguments {
  readonly manifest: string;
  readonly "manifest-sha256"?: string | undefined;
}

/**
 * Reads and validates the manifest that a command line names.
 *
 * @param parse What makes a manifest of the text. Default: {@link parseManifest}.
 * @throws {InstallerError}
 */
export async function loadManifest(
  { manifest: source, "manifest-sha256": sha256 }: ManifestArguments,
  session: Session,
  signal?: AbortSignal,
  parse: (text: ManifestText) => ParsedManifest = parseManifest,
): Promise<ParsedManifest> {
  if (/^https:/i.test(source)) await useEnvironmentAccess();
  const text = await readManifest(source, {
    ...(sha256 === undefined ? {} : { sha256 }),
    ...(signal === undefined ? {} : { signal }),
  });
  session.manifest = text;
  const parsed = parse(text);
  session.positions = parsed.positions;
  refuseSharedStandardInput(source, parsed.manifest, parsed.positions);
  return parsed;
}
