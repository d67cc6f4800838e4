import type { Reach } from "./reach.ts";

/** Seconds that a server may take to tell the time: nobody waits longer for that. */
const patience = 5;

/**
 * Asks a server for the time (`Date`, RFC 9110 6.6.1), and for nothing else: its certificate is not judged, since that
 * cannot be done with a clock that is wrong.
 *
 * @returns Seconds that this machine's clock is ahead; `undefined` when the server does not tell.
 */
async function clockAheadOf(url: string, signal: AbortSignal): Promise<number | undefined> {
  try {
    const before = Date.now();
    const { headers } = await fetch(url, {
      method: "HEAD",
      redirect: "manual",
      signal: AbortSignal.any([signal, AbortSignal.timeout(patience * 1000)]),
      tls: { rejectUnauthorized: false },
    });
    const date = Date.parse(headers.get("date") ?? "");
    return Number.isNaN(date) ? undefined : Math.round(((before + Date.now()) / 2 - date) / 1000);
  } catch {
    return undefined;
  }
}

/** The servers with how far the machine's clock is ahead of theirs, as far as they tell. */
export async function compareClocks(
  servers: readonly Reach[],
  signal: AbortSignal,
): Promise<readonly Reach[]> {
  const compared = servers.map(async (server): Promise<Reach> => {
    if (server.routed.length === 0) return server;
    const clockAhead = await clockAheadOf(server.url, signal);
    return clockAhead === undefined ? server : { ...server, clockAhead };
  });
  return await Promise.all(compared);
}
