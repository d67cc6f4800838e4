import { closeSync } from "node:fs";
import { calls, checkResult } from "./libc.ts";

/*
 * netdevice(7): the flags of an interface are read and set by its name, through any socket. `struct ifreq` of Linux has
 * the name in its first 16 bytes, then the flags as a short; it has 40 bytes where pointers have 8.
 */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SIOCGIFFLAGS = 0x8913;
const SIOCSIFFLAGS = 0x8914;
const IFF_UP = 1;
const requestSize = 40;
const flagsOffset = 16;

/**
 * Raises the loopback interface of this process's network namespace, or lowers it.
 *
 * @returns Whether it was up before.
 * @throws {SystemCallError} with the code `EPERM` where that is not allowed, `ENODEV` where there is none.
 */
export function setLoopback(isUp: boolean): boolean {
  const socket = calls.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  checkResult("socket", socket);
  try {
    const request = Buffer.alloc(requestSize);
    request.write("lo");
    checkResult("ioctl(SIOCGIFFLAGS, lo)", calls.ioctl(socket, SIOCGIFFLAGS, request));
    const flags = request.readUInt16LE(flagsOffset);
    request.writeUInt16LE(isUp ? flags | IFF_UP : flags & ~IFF_UP, flagsOffset);
    checkResult("ioctl(SIOCSIFFLAGS, lo)", calls.ioctl(socket, SIOCSIFFLAGS, request));
    return (flags & IFF_UP) !== 0;
  } finally {
    closeSync(socket);
  }
}
