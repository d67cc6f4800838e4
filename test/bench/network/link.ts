import { type Direction, type Ends, headerSize, readdress } from "./addresses.ts";
import { DelayLine, largestPacket } from "./delay-line.ts";
import { hasPartialChecksum, offloadHeader, segmentSize, type Tun } from "./tun.ts";

/** A line that takes the same time and as much both ways. */
export interface LinkOptions {
  /** The server's port. */
  readonly port: number;
  /** Seconds one way. */
  readonly delay: number;
  /** Bits a second each way. */
  readonly bandwidth: number;
}

/** What went over one direction of a line. */
interface DirectionTraffic {
  /** Bytes of IP packets. */
  readonly bytes: number;
  /** Packets lost because the queue was full; one may stand for several segments. */
  readonly dropped: number;
}

/** What went over a line. */
export type LinkTraffic = Readonly<Record<Direction, DirectionTraffic>>;

/**
 * Seconds of traffic that may wait for the bottleneck: so much that TCP mostly sees the delay grow and slows down before
 * anything is lost. With room for a single round trip so much was lost that the time of a pull was a matter of luck.
 */
const queueTime = 0.25;

/** Packets read before those that are due are looked at again. */
const batch = 16;

/**
 * Carries packets over a TUN interface until standard input is closed. Takes the thread for itself: a timer of the event
 * loop is good for a millisecond, ppoll(2) for a twentieth of one.
 */
export function runLink(tun: Tun, ends: Ends, options: LinkOptions): LinkTraffic {
  const { delay, bandwidth } = options;
  const backlog = (bandwidth / 8) * queueTime;
  const lines = {
    up: new DelayLine({ delay, bandwidth, backlog }),
    down: new DelayLine({ delay, bandwidth, backlog }),
  };
  const bytes = { up: 0, down: 0 };
  const buffer = new Uint8Array(largestPacket);
  const header = new DataView(buffer.buffer, 0, offloadHeader);

  function receive(): boolean {
    const length = tun.read(buffer);
    if (length <= offloadHeader) return length > 0;
    const packet = new DataView(buffer.buffer, offloadHeader, length - offloadHeader);
    const direction = readdress(packet, hasPartialChecksum(header), ends);
    if (direction === undefined) return true;
    const size = sizeOnLine(packet, segmentSize(header));
    bytes[direction] += size;
    lines[direction].send(buffer.subarray(0, length), size, now());
    return true;
  }

  function deliver(line: DelayLine): void {
    const time = now();
    for (let packet = line.deliver(time); packet !== undefined; packet = line.deliver(time)) {
      tun.write(packet);
    }
  }

  let open = true;
  while (open) {
    for (let count = 0; count < batch && receive(); count++);
    deliver(lines.up);
    deliver(lines.down);
    const due = Math.min(lines.up.due, lines.down.due);
    open = tun.wait(Math.min(Math.max(due - now(), 0), 3600));
  }
  const traffic = (direction: Direction) => ({
    bytes: bytes[direction],
    dropped: lines[direction].dropped,
  });
  return { up: traffic("up"), down: traffic("down") };
}

/** Bytes of the IP packets that a packet stands for, each with headers of its own. */
function sizeOnLine(packet: DataView, segment: number): number {
  if (segment === 0) return packet.byteLength;
  const headers = headerSize(packet);
  const segments = Math.ceil((packet.byteLength - headers) / segment);
  return packet.byteLength + (segments - 1) * headers;
}

/** Seconds since this process started. */
function now(): number {
  return Bun.nanoseconds() / 1e9;
}
