import { setTimeout as delay } from "node:timers/promises";
import { HttpError } from "./http-error.ts";
import { openAccess, type ServerAccess } from "./server-access.ts";

/** How patient requests are. Times are in seconds. */
export interface HttpSettings {
  /** Until a server that has not answered before must have answered (`connect-timeout` of nix.conf). */
  readonly connectTimeout: number;
  /** Without a byte while one is waited for (`stalled-download-timeout` of nix.conf). */
  readonly stallTimeout: number;
  /** How often the same is asked for, the first time included (`download-attempts` of nix.conf). */
  readonly attempts: number;
  /** Before the second attempt; doubles with each one. */
  readonly retryDelay: number;
  /** The longest pause between two attempts, whatever the server asks for. */
  readonly maximumRetryDelay: number;
  /**
   * Bytes per second that must arrive on average of each {@link stallTimeout}. Without it, a server that sends a byte now
   * and then could hold a request for ever (`CURLOPT_LOW_SPEED_LIMIT`, which Nix sets to 1).
   */
  readonly minimumRate: number;
  /** Until a short text, as a narinfo, must have arrived whole. */
  readonly textTimeout: number;
  /** What servers are told of who asks. */
  readonly access: ServerAccess;
}

/** The settings of the installer. */
export const defaultHttpSettings: HttpSettings = {
  connectTimeout: 15,
  stallTimeout: 60,
  attempts: 5,
  retryDelay: 0.25,
  maximumRetryDelay: 60,
  minimumRate: 100,
  textTimeout: 300,
  access: openAccess,
};

/** Is told why an attempt failed, before the pause. */
export type RetryListener = (error: HttpError, pause: number, attempt: number) => void;

/** How many times longer the first pause is when the server says that it is asked too often, as in Nix. */
const rateLimitFactor = 20;

/** The same when this machine is cut off from the network: what is replugged or renewed takes a minute. */
const offlineFactor = 16;

/**
 * Repeats an operation for as long as it fails with an {@link HttpError} that may pass, with pauses that double and
 * vary at random, so that a cache that was restarted is not met by all machines at once.
 *
 * @throws what the operation threw last; the signal's reason once it is aborted.
 */
export async function retry<T>(
  operation: () => Promise<T>,
  settings: HttpSettings,
  signal: AbortSignal,
  onRetry?: RetryListener,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await operation();
    } catch (error) {
      signal.throwIfAborted();
      if (!(error instanceof HttpError) || !error.transient) throw error;
      if (attempt >= settings.attempts) throw error;
      const pause = retryPause(error, attempt, settings, Math.random());
      onRetry?.(error, pause, attempt);
      await pauseFor(pause, signal);
    }
  }
}

/** @throws the signal's reason, which the timer itself would hide behind an `AbortError`. */
async function pauseFor(seconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(seconds * 1000, undefined, { signal });
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  }
}

/**
 * Seconds to wait after a failed attempt: what the server asks for, else a pause that doubles, each time between half
 * and one and a half of itself.
 *
 * @param attempt How many have failed, from 1.
 * @param random In [0, 1).
 */
export function retryPause(
  error: HttpError,
  attempt: number,
  settings: HttpSettings,
  random: number,
): number {
  const factor = error.isOffline ? offlineFactor : error.status === 429 ? rateLimitFactor : 1;
  const base = settings.retryDelay * factor;
  const pause = error.retryAfter ?? base * 2 ** (attempt - 1) * (0.5 + random);
  return Math.min(pause, settings.maximumRetryDelay);
}
