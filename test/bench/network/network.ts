import { join } from "node:path";
import type { LinkOptions, LinkTraffic } from "./link.ts";

/** A line between a server on loopback and who asks it. */
export interface NetworkOptions {
  /** The port of 127.0.0.1 that the server listens on. Nothing else can be reached over the line. */
  readonly target: number;
  /** Seconds from sending to hearing the answer, half of it each way. */
  readonly roundTrip: number;
  /** Bits a second each way, for all connections together: whole IP packets, their headers counted. */
  readonly bandwidth: number;
}

/** A line that is up; disposing it takes it down. */
export interface Network extends AsyncDisposable {
  /** The IPv4 address the server has at the far end of the line. It is not 127.0.0.1: loopback has no delay. */
  readonly host: string;
  /** The port there, which is that of the server. */
  readonly port: number;
  /** `http://HOST:PORT`, without a slash at the end. */
  readonly url: string;
  /** Takes it down and tells what went through. */
  readonly stop: () => Promise<LinkTraffic>;
}

const program = join(import.meta.dir, "link-program.ts");

/**
 * Puts a line with a delay and a bandwidth between a server on loopback and programs of this machine.
 *
 * It is a TUN interface whose packets a process of its own holds back (`link.ts`), so that TCP is the kernel's own, with
 * its handshake, slow start, windows and resets, for whatever is spoken over it. Congestion control is cubic, and what
 * the kernel remembers of earlier connections is forgotten. A quarter of a second of traffic may wait at the bottleneck;
 * what is more is dropped. The sizes of windows are this machine's (`net.ipv4.tcp_rmem`, `tcp_wmem`).
 *
 * Needs root, `/dev/net/tun` and `ip` of iproute2. At 1 Gbit/s the process takes a third to half of a processor, the kernel's
 * part of TCP included, which `measureCommand` counts for nobody.
 *
 * @throws Error if it cannot be set up.
 *
 * @example
 * ```ts
 * await using network = await startNetwork({ target: server.port, roundTrip: 0.05, bandwidth: 1e9 });
 * await measureCommand(["curl", "-s", `${network.url}/nix-cache-info`]);
 * ```
 */
export async function startNetwork({
  target,
  roundTrip,
  bandwidth,
}: NetworkOptions): Promise<Network> {
  const options: LinkOptions = { port: target, delay: roundTrip / 2, bandwidth };
  const child = Bun.spawn([process.execPath, program, JSON.stringify(options)], {
    // It ends when this closes, also if this process is killed.
    stdin: "pipe",
    stdout: "pipe",
    stderr: "pipe",
  });
  const output = child.stdout.getReader();
  const { value } = await output.read();
  if (value === undefined) throw new Error(`no network:\n${await child.stderr.text()}`);
  const host = new TextDecoder().decode(value).trim();
  let stopping: Promise<LinkTraffic> | undefined;
  const stop = () => {
    stopping ??= end();
    return stopping;
  };
  const end = async () => {
    await child.stdin.end();
    const last = await output.read();
    await child.exited;
    if (child.exitCode !== 0) throw new Error(`the network failed:\n${await child.stderr.text()}`);
    return JSON.parse(new TextDecoder().decode(last.value)) as LinkTraffic;
  };
  return {
    host,
    port: target,
    url: `http://${host}:${target}`,
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
    },
  };
}
