import { expect, test } from "bun:test";
import { headerSize, readdress } from "../../../bench/network/addresses.ts";

const ends = { client: 0xc6120001, far: 0xc6120002, port: 8080 };
const loopback = 0x7f000001;

function onesComplementSum(view: DataView, start: number, end: number, initial = 0): number {
  let sum = initial;
  for (let at = start; at < end; at += 2) sum += view.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return sum;
}

function pseudoHeader(view: DataView): number {
  return onesComplementSum(view, 12, 20, 6 + view.byteLength - 20);
}

/** A packet of IPv4 and TCP with 12 bytes of TCP options, with data, and with checksums that are right. */
function tcpPacket(from: [number, number], to: [number, number], partial = false): DataView {
  const view = new DataView(new ArrayBuffer(20 + 32 + 6));
  view.setUint8(0, 0x45);
  view.setUint16(2, view.byteLength);
  view.setUint8(8, 64);
  view.setUint8(9, 6);
  view.setUint32(12, from[0]);
  view.setUint32(16, to[0]);
  view.setUint16(10, ~onesComplementSum(view, 0, 20) & 0xffff);
  view.setUint16(20, from[1]);
  view.setUint16(22, to[1]);
  view.setUint32(24, 0x12345678);
  view.setUint8(32, 0x80);
  view.setUint32(54, 0xfeedbeef);
  view.setUint16(
    36,
    partial
      ? pseudoHeader(view)
      : ~onesComplementSum(view, 20, view.byteLength, pseudoHeader(view)) & 0xffff,
  );
  return view;
}

test("turns what a client sends into what the server sees, its checksums right", () => {
  const packet = tcpPacket([ends.client, 50_000], [ends.far, 8080]);
  expect(readdress(packet, false, ends)).toBe("up");
  expect(new Uint8Array(packet.buffer)).toEqual(
    new Uint8Array(tcpPacket([ends.far, 50_000], [loopback, 8080]).buffer),
  );
});

test("turns what the server answers into what the client sees", () => {
  const packet = tcpPacket([loopback, 8080], [ends.far, 50_000]);
  expect(readdress(packet, false, ends)).toBe("down");
  expect(new Uint8Array(packet.buffer)).toEqual(
    new Uint8Array(tcpPacket([ends.far, 8080], [ends.client, 50_000]).buffer),
  );
});

test("keeps a checksum that is only that of the pseudo header", () => {
  const packet = tcpPacket([ends.client, 50_000], [ends.far, 8080], true);
  expect(readdress(packet, true, ends)).toBe("up");
  expect(packet.getUint16(36)).toBe(pseudoHeader(packet));
});

test("leaves alone what is for another port, address or protocol", () => {
  const udp = tcpPacket([ends.client, 50_000], [ends.far, 8080]);
  udp.setUint8(9, 17);
  const others = [
    tcpPacket([ends.client, 50_000], [ends.far, 22]),
    tcpPacket([loopback, 22], [ends.far, 50_000]),
    tcpPacket([ends.client, 50_000], [0x08080808, 8080]),
    udp,
    new DataView(new ArrayBuffer(20)),
  ];
  for (const packet of others) {
    const before = packet.buffer.slice(0);
    expect(readdress(packet, false, ends)).toBeUndefined();
    expect(packet.buffer).toEqual(before);
  }
});

test("knows the size of both headers", () => {
  expect(headerSize(tcpPacket([1, 1], [2, 2]))).toBe(52);
});
