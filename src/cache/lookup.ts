import { type FailureReason, InstallerError } from "../errors.ts";
import { HttpError, redactUrl } from "../http/http-error.ts";
import type { RetryListener } from "../http/retry.ts";
import { isContentAddressed } from "../nix/content-address.ts";
import { equalHashes, formatHash, type Hash } from "../nix/hash.ts";
import { type NarInfo, parseNarInfo } from "../nix/narinfo.ts";
import type { StorePath } from "../nix/store-path.ts";
import type { CacheClient } from "./cache-client.ts";
import type { CacheHealth } from "./cache-health.ts";
import { type ClosurePath, maximumFileSize } from "./closure.ts";
import { narAddress } from "./nar-address.ts";
import { judge, type TrustPolicy } from "./trust.ts";

/** The longest narinfo in bytes. One with thousands of references has some hundred thousand. */
const maximumNarInfo = 1_048_576;

/** Why a cache was of no use for a path. */
export interface Refusal {
  /** Which cache did what, as one line of text. */
  readonly answer: string;
  readonly reason: FailureReason;
  /** The HTTP status, where that was the problem. */
  readonly status?: number;
  /** Whether the cache failed in a way that may pass, however often it was asked. */
  readonly transient?: boolean;
  /** Whether what the cache said cannot be true, so that it is not to be asked before others. */
  readonly lied?: boolean;
  /** Whether the path was there but is not signed by anyone trusted. */
  readonly untrusted?: boolean;
  /** Of an untrusted path: what it is said to refer to. */
  readonly references?: readonly string[];
  /** What can be done about it, where more is known than the rest says. */
  readonly hint?: string;
}

/** What looking up paths needs. */
export interface LookupContext {
  readonly client: CacheClient;
  readonly signal: AbortSignal;
  readonly onRetry: RetryListener;
  /** Whether narinfos may not come by a redirect from https to http: nothing else protects what is not signed. */
  readonly staySecure?: boolean;
}

/**
 * Asks one cache for a path.
 *
 * @returns What it offers, or why that is nothing.
 */
export async function askSubstituter(
  substituter: string,
  storePath: StorePath,
  policy: TrustPolicy,
  { client, signal, onRetry, staySecure = false }: LookupContext,
): Promise<ClosurePath | Refusal> {
  const refuse = (
    problem: string,
    reason: FailureReason,
    more: Partial<Refusal> = {},
  ): Refusal => ({
    answer: `${redactUrl(substituter)} ${problem}`,
    reason,
    ...more,
  });
  const url = `${substituter}${storePath.hash}.narinfo`;
  try {
    const text = await client.getText(url, maximumNarInfo, { signal, onRetry, staySecure });
    if (text.trimStart().startsWith("<")) {
      return refuse(
        "sent a web page instead of a narinfo; is there a login page in between?",
        "cache",
        { transient: true },
      );
    }
    const info = parseNarInfo(text);
    if (info.storePath.toString() !== storePath.toString()) {
      return refuse(`sent the narinfo of ${info.storePath.toString()}`, "integrity", {
        lied: true,
      });
    }
    const verdict = judge(info, policy);
    if (!verdict.trusted) {
      const references = info.references.map(String);
      const lied = verdict.isForged;
      return refuse(`has it, but ${verdict.problem}`, "integrity", {
        untrusted: true,
        references,
        lied,
      });
    }
    return toClosurePath(info, substituter, verdict.contentHash);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof InstallerError)) throw error;
    if (!(error instanceof HttpError)) {
      const answer = `${redactUrl(substituter)}: ${error.message}`;
      return { answer, reason: error.reason, lied: true };
    }
    return refuse(problemOf(error), "cache", {
      transient: error.transient,
      ...(error.status === undefined ? {} : { status: error.status }),
    });
  }
}

/** Remembers of a cache how it has answered. */
export function noteAnswer(
  health: CacheHealth,
  storePath: StorePath,
  answer: ClosurePath | Refusal,
): void {
  if (isRefusal(answer) && answer.transient === true) health.failed(answer.answer);
  else health.answered();
  if (isRefusal(answer) && answer.lied === true) {
    health.lied(`${storePath.toString()}: ${answer.answer}`);
  }
}

function problemOf({ url, status, message }: HttpError): string {
  if (!absent.has(status ?? 0)) return message.replace(`${url}: `, "");
  return url.startsWith("file:") ? "does not have it" : `does not have it (${status})`;
}

/** What caches answer for a path they do not have. S3 says 403 unless its files may be listed. */
const absent = new Set([403, 404, 410]);

/** Whether a cache just does not have the path, rather than having failed or not being trusted. */
export function isAbsence({ status }: Refusal): boolean {
  return status !== undefined && absent.has(status);
}

/** Whether an answer is a {@link Refusal}. */
export function isRefusal(answer: ClosurePath | Refusal): answer is Refusal {
  return "answer" in answer;
}

function toClosurePath(
  info: NarInfo,
  substituter: string,
  contentHash: string | undefined,
): ClosurePath {
  const fileSize = credibleFileSize(info);
  const fileHash = credibleFileHash(info);
  const contentAddress = isContentAddressed(info) ? info.contentAddress : undefined;
  return {
    storePath: info.storePath.toString(),
    narUrl: narAddress(info.url, substituter),
    substituter,
    compression: info.compression,
    ...(fileHash === undefined ? {} : { fileHash: formatHash(fileHash) }),
    ...(fileSize === undefined ? {} : { fileSize }),
    narHash: formatHash(info.narHash),
    narSize: info.narSize,
    references: info.references.map(String),
    ...(info.deriver === undefined ? {} : { deriver: detached(info.deriver.toString()) }),
    signatures: info.signatures.map(detached),
    ...(contentAddress === undefined ? {} : { contentAddress }),
    ...(contentHash === undefined ? {} : { contentHash }),
  };
}

/**
 * The size of the compressed NAR, unless it cannot be right: Nix never compares it, so some caches (nix-casync) have that
 * of the NAR itself there. The NAR's own size and hash are compared in any case.
 */
function credibleFileSize({ fileSize, narSize, compression }: NarInfo): number | undefined {
  if (fileSize === undefined || fileSize > maximumFileSize(narSize)) return undefined;
  const isNarSize = fileSize === narSize;
  return isNarSize === (compression === "none") ? fileSize : undefined;
}

/** The hash of the compressed NAR, unless it is that of the NAR itself: see {@link credibleFileSize}. */
function credibleFileHash({ fileHash, narHash, compression }: NarInfo): Hash | undefined {
  if (fileHash === undefined) return undefined;
  const isNarHash = equalHashes(fileHash, narHash);
  return isNarHash && compression !== "none" ? undefined : fileHash;
}

/** The same text with memory of its own: a part of a narinfo would keep the whole of it. */
function detached(text: string): string {
  return Buffer.from(text).toString();
}
