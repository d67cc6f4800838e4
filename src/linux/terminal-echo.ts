import { calls, checkResult } from "./libc.ts";

/*
 * struct termios of Linux with the GNU C library (termios(3), `bits/termios-struct.h`), the same on every architecture
 * that Bun runs on: four 32-bit words of flags, of which the last are the local modes.
 */
const termiosSize = 60;
const localModes = 12;
const ECHO = 0o10;
const TCSAFLUSH = 2;

/**
 * Makes a terminal show nothing of what is typed, and drops what was typed before; disposing the value restores it.
 *
 * @param descriptor Of the terminal.
 * @throws {SystemCallError} with the code `ENOTTY` when it is none.
 */
export function withoutEcho(descriptor: number): Disposable {
  const before = Buffer.alloc(termiosSize);
  checkResult("tcgetattr", calls.tcgetattr(descriptor, before));
  const silent = Buffer.from(before);
  silent.writeUInt32LE((silent.readUInt32LE(localModes) & ~ECHO) >>> 0, localModes);
  checkResult("tcsetattr", calls.tcsetattr(descriptor, TCSAFLUSH, silent));
  return {
    [Symbol.dispose]: () => {
      checkResult("tcsetattr", calls.tcsetattr(descriptor, TCSAFLUSH, before));
    },
  };
}
