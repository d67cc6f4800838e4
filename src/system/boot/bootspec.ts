import * as v from "valibot";
import { InstallerError } from "../../errors.ts";

const absolutePath = v.pipe(v.string(), v.startsWith("/", "expected an absolute path"));

const bootspecSchema = v.object({
  system: v.string(),
  kernel: absolutePath,
  kernelParams: v.array(v.string()),
  label: v.string(),
  init: absolutePath,
  toplevel: absolutePath,
  initrd: v.optional(absolutePath),
  initrdSecrets: v.optional(absolutePath),
});

const documentSchema = v.object({
  "org.nixos.bootspec.v1": bootspecSchema,
  "org.nixos.specialisation.v1": v.optional(v.record(v.string(), v.unknown()), {}),
});

/** How a system is booted: the paths are those of its store, `kernelParams` does not hold `init=`. */
export interface Bootspec extends v.InferOutput<typeof bootspecSchema> {
  readonly specialisations: Readonly<Record<string, Bootspec>>;
}

/**
 * Parses `boot.json` of a toplevel: a bootspec document of version 1 (NixOS RFC 125). Extensions are left out.
 *
 * @throws {InstallerError} "system", naming the key that is wrong.
 */
export function parseBootspec(text: string): Bootspec {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw new InstallerError("system", "boot.json is not JSON", { cause: error });
  }
  return readBootspec(document, "");
}

function readBootspec(document: unknown, place: string): Bootspec {
  const result = v.safeParse(documentSchema, document);
  if (!result.success) {
    const [issue] = result.issues;
    const key = v.getDotPath(issue) ?? "the document";
    throw new InstallerError("system", `boot.json: ${place}${key}: ${issue.message}`);
  }
  const specialisations = result.output["org.nixos.specialisation.v1"];
  return {
    ...result.output["org.nixos.bootspec.v1"],
    specialisations: Object.fromEntries(
      Object.entries(specialisations).map(([name, nested]) => [
        name,
        readBootspec(nested, `${place}${name}.`),
      ]),
    ),
  };
}
