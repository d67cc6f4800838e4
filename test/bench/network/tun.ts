import { dlopen, FFIType, ptr, read } from "bun:ffi";
import { constants, openSync } from "node:fs";
import { constants as system } from "node:os";

const { i32, i64, u64 } = FFIType;
const pointer = FFIType.ptr;

const libc = dlopen("libc.so.6", {
  ioctl: { args: [i32, u64, u64], returns: i32 },
  read: { args: [i32, pointer, u64], returns: i64 },
  write: { args: [i32, pointer, u64], returns: i64 },
  ppoll: { args: [pointer, u64, pointer, pointer], returns: i32 },
  sched_setscheduler: { args: [i32, i32, pointer], returns: i32 },
  __errno_location: { args: [], returns: pointer },
}).symbols;

/** linux/if_tun.h */
const TUNSETIFF = 0x4004_54ca;
const TUNSETOFFLOAD = 0x4004_54d0;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const TUN_F_CSUM = 0x01;
const TUN_F_TSO4 = 0x02;

const POLLIN = 1;
const SCHED_FIFO = 1;

/** Bytes of the header before every packet, `struct virtio_net_hdr` (linux/virtio_net.h). */
export const offloadHeader = 10;

/** Whether the checksum after this header is only that of the pseudo header (VIRTIO_NET_HDR_F_NEEDS_CSUM). */
export function hasPartialChecksum(header: DataView): boolean {
  return (header.getUint8(0) & 1) !== 0;
}

/** Bytes of data in each of the segments that a large packet stands for; 0 if it is a single one. */
export function segmentSize(header: DataView): number {
  return header.getUint8(1) === 0 ? 0 : header.getUint16(4, true);
}

/** A TUN interface: what is routed to it can be read, and what is written to it arrives. It goes with the process. */
export interface Tun {
  /** The interface's name, such as `bench0`. */
  readonly name: string;
  /** Reads a packet with its {@link offloadHeader}; 0 if there is none. */
  read(buffer: Uint8Array): number;
  /** Writes one; a packet that the kernel refuses is lost, as on a line. */
  write(packet: Uint8Array): void;
  /** Waits for a packet, or for so many seconds, or until standard input is closed, which it tells by `false`. */
  wait(seconds: number): boolean;
}

/**
 * Makes a TUN interface that takes segments of up to 64 KiB and leaves their checksums open, so that a gigabit is a few
 * thousand packets a second.
 *
 * @param prefix Of its name; the kernel adds a number.
 * @throws Error if the machine has none, or the caller is not allowed to.
 */
export function openTun(prefix: string): Tun {
  const descriptor = openSync("/dev/net/tun", constants.O_RDWR | constants.O_NONBLOCK);
  const request = Buffer.alloc(40);
  request.write(`${prefix}%d`);
  request.writeUInt16LE(IFF_TUN | IFF_NO_PI | IFF_VNET_HDR, 16);
  check("TUNSETIFF", libc.ioctl(descriptor, TUNSETIFF, ptr(request)));
  check("TUNSETOFFLOAD", libc.ioctl(descriptor, TUNSETOFFLOAD, TUN_F_CSUM | TUN_F_TSO4));
  const polled = new DataView(new ArrayBuffer(16));
  polled.setInt32(0, descriptor, true);
  polled.setInt16(4, POLLIN, true);
  polled.setInt32(8, 0, true);
  const timeout = new BigInt64Array(2);
  return {
    name: request.toString("latin1", 0, request.indexOf(0)),
    read: (buffer) => {
      const length = Number(libc.read(descriptor, buffer, buffer.length));
      if (length >= 0) return length;
      if (errorNumber() !== system.errno.EAGAIN) check("read", length);
      return 0;
    },
    write: (packet) => {
      libc.write(descriptor, packet, packet.length);
    },
    wait: (seconds) => {
      timeout[0] = BigInt(Math.floor(seconds));
      timeout[1] = BigInt(Math.floor((seconds % 1) * 1e9));
      polled.setInt16(6, 0, true);
      polled.setInt16(14, 0, true);
      libc.ppoll(new Uint8Array(polled.buffer), 2, timeout, null);
      return polled.getInt16(14, true) === 0;
    },
  };
}

/** Has the scheduler run this process before all others whenever it has to do (sched(7), SCHED_FIFO). */
export function runFirst(): void {
  check("sched_setscheduler", libc.sched_setscheduler(0, SCHED_FIFO, new Int32Array([1])));
}

function errorNumber(): number {
  const location = libc.__errno_location();
  return location === null ? 0 : read.i32(location, 0);
}

function check(call: string, result: number): void {
  if (result < 0) throw new Error(`${call}: errno ${errorNumber()}`);
}
