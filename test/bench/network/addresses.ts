/** Addresses of a line, as they stand in packets. */
export interface Ends {
  /** The address that clients of this machine send from. */
  readonly client: number;
  /** The address that clients send to, which is no address of this machine. */
  readonly far: number;
  /** The server's port. */
  readonly port: number;
}

/** 127.0.0.1, where the server listens. */
const loopback = 0x7f_00_00_01;

const protocolTcp = 6;
/** Places in an IPv4 header (RFC 791). */
const ip = { protocol: 9, checksum: 10, source: 12, destination: 16 } as const;
/** Places in a TCP header (RFC 9293). */
const tcp = { source: 0, destination: 2, dataOffset: 12, checksum: 16 } as const;

/** Which way a packet goes: "up" to the server. */
export type Direction = "up" | "down";

/** Bytes of the IPv4 and the TCP header of a packet of IPv4 and TCP. */
export function headerSize(packet: DataView): number {
  const internet = (packet.getUint8(0) & 0x0f) * 4;
  return internet + (packet.getUint8(internet + tcp.dataOffset) >> 4) * 4;
}

/**
 * Turns a packet that a TUN interface was given into the one that its receiver on the same machine is to see, and tells
 * which way it goes.
 *
 * A client sends from `client` to `far`. The server must see a peer that is not of this machine, or its answers would
 * never leave it: `far` becomes the source, 127.0.0.1 the destination, and the other way round for the answers.
 *
 * @param partial Whether the TCP checksum is only that of the pseudo header, the rest left to the interface.
 * @returns Nothing for a packet that is not of a connection to the server. It is not changed.
 */
export function readdress(
  packet: DataView,
  partial: boolean,
  { client, far, port }: Ends,
): Direction | undefined {
  if (packet.byteLength < 40 || packet.getUint8(0) >> 4 !== 4) return undefined;
  if (packet.getUint8(ip.protocol) !== protocolTcp) return undefined;
  const header = (packet.getUint8(0) & 0x0f) * 4;
  const source = packet.getUint32(ip.source);
  if (packet.getUint32(ip.destination) !== far) return undefined;
  if (source === client && packet.getUint16(header + tcp.destination) === port) {
    replaceAddresses(packet, header, partial, { source: far, destination: loopback });
    return "up";
  }
  if (source === loopback && packet.getUint16(header + tcp.source) === port) {
    replaceAddresses(packet, header, partial, { source: far, destination: client });
    return "down";
  }
  return undefined;
}

function replaceAddresses(
  packet: DataView,
  header: number,
  partial: boolean,
  addresses: { readonly source: number; readonly destination: number },
): void {
  const before = addressSum(packet);
  packet.setUint32(ip.source, addresses.source);
  packet.setUint32(ip.destination, addresses.destination);
  const change = addressSum(packet) + (~before & 0xffff);
  adjust(packet, ip.checksum, change, false);
  adjust(packet, header + tcp.checksum, change, partial);
}

/** The sum in ones' complement of both addresses. */
function addressSum(packet: DataView): number {
  let sum = 0;
  for (let at: number = ip.source; at < ip.source + 8; at += 2) sum += packet.getUint16(at);
  return fold(sum);
}

/** Adds a change of what is summed to a checksum (RFC 1624, equation 3); a partial one is the sum itself. */
function adjust(packet: DataView, at: number, change: number, partial: boolean): void {
  const mask = partial ? 0 : 0xffff;
  packet.setUint16(at, fold((packet.getUint16(at) ^ mask) + change) ^ mask);
}

function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}
