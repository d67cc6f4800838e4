import { proofByContent } from "../nix/content-address.ts";
import { formatHash } from "../nix/hash.ts";
import type { PathInfo } from "../nix/path-info.ts";
import type { PublicKey } from "../nix/signature.ts";
import { verifySignatures } from "../nix/signature.ts";

/** Whom to believe. */
export interface TrustPolicy {
  readonly keys: readonly PublicKey[];
  /** As `require-sigs` of nix.conf. */
  readonly requireSignatures: boolean;
}

/** What was found about a store path. */
export type Verdict =
  | { readonly trusted: true; readonly contentHash?: string }
  | {
      readonly trusted: false;
      readonly problem: string;
      /** Whether there is a signature in the name of a trusted key, which is wrong. */
      readonly isForged: boolean;
    };

/** Decides whether a path is to be taken as a cache or store describes it: by a signature, or by its content address. */
export function judge(info: PathInfo, policy: TrustPolicy): Verdict {
  if (verifySignatures(info, policy.keys).length > 0) return { trusted: true };
  const proof = proofByContent(info);
  if (proof?.kind === "nar-hash") return { trusted: true };
  if (proof?.kind === "file-hash") return { trusted: true, contentHash: formatHash(proof.hash) };
  if (!policy.requireSignatures) return { trusted: true };
  const trusted = new Set(policy.keys.map(({ name }) => name));
  const signers = new Set(info.signatures.map((signature) => signature.split(":", 1)[0] ?? ""));
  const forged = [...signers].filter((name) => trusted.has(name));
  const problem =
    forged.length > 0
      ? `the signature by ${forged.join(", ")} is wrong`
      : problemOf(signers, trusted);
  return { trusted: false, problem, isForged: forged.length > 0 };
}

function problemOf(signers: ReadonlySet<string>, trusted: ReadonlySet<string>): string {
  const wanted =
    trusted.size === 0 ? "no key is trusted" : `trusted are ${[...trusted].join(", ")}`;
  if (signers.size === 0) return `it is not signed (${wanted})`;
  return `it is signed only by ${[...signers].join(", ")} (${wanted})`;
}
