import { afterEach, beforeEach, expect, test } from "bun:test";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { scratchDirectory } from "../support/scratch.ts";
import { Console, type ConsoleLine } from "./console.ts";
import { listen } from "./socket.ts";

let guest: Socket;
let host: Socket;
let console: Console;
let lines: ConsoleLine[];
let stop: (reason: string) => void;
let scratch: Awaited<ReturnType<typeof scratchDirectory>>;

beforeEach(async () => {
  scratch = await scratchDirectory("console");
  const listener = await listen(scratch.path, "socket");
  guest = connect(join(scratch.path, "socket"));
  const { promise, resolve } = Promise.withResolvers<string>();
  stop = resolve;
  lines = [];
  host = await listener.socket;
  console = new Console(host, join(scratch.path, "log"), promise, (line) => lines.push(line));
});
afterEach(async () => {
  guest.destroy();
  stop("over");
  await console.ended;
  await scratch[Symbol.asyncDispose]();
});

/** Prints the pieces, each in a packet of its own: the next one only when the one before has been read. */
async function print(...pieces: string[]): Promise<void> {
  for (const piece of pieces) {
    const read = once(host, "data");
    guest.write(piece);
    await read;
  }
}

test("leaves control sequences and carriage returns out, also when they come in pieces", async () => {
  await print("\u001b[2Jone\u001b", "[0", ";1m two\u001b]0;title\u0007\r\n", "thr\u001b[?2004hee");
  await console.expect(/^one two\nthree$/);
  expect(lines.map(({ text }) => text)).toEqual(["one two"]);
});

test("matches what came after the previous match, in the order of the calls", async () => {
  const later = console.expect(/second/);
  await print("first, sec", "ond, third, second\n");
  expect((await later).index).toBe(7);
  expect((await console.expect(/second/)).index).toBe(22);
});

test("an expectation that was given up takes nothing from the next one", async () => {
  const givenUp = console.expect(/late/, { timeout: 0.05 });
  expect(await givenUp.catch((error: Error) => error.name)).toBe("DeadlineError");
  await print("late\n");
  expect((await console.expect(/late/, { timeout: 1 })).index).toBe(0);
});

test("answers a prompt until it has been taken, also when the input is thrown away or comes in part", async () => {
  const typed: string[] = [];
  const answers = [
    "",
    "key\r\n",
    "\r\nNo key available.\r\nPassphrase for disk: ",
    "\r\nopened\r\n",
  ];
  guest.on("data", (chunk) => {
    typed.push(String(chunk));
    guest.write(answers.shift() ?? "");
  });
  const answered = console.answer(/Passphrase for disk: /, "key", /opened/, { timeout: 20 });
  await print("Passphrase for disk: ");
  await answered;
  expect(typed).toEqual(["key\n", "key\n", "key\n", "key\n"]);
});

test("fails at once when the machine has stopped, with what it printed last", async () => {
  const waiting = console.expect(/login:/, { timeout: 60 });
  await print("Kernel panic - not syncing\n");
  guest.end();
  stop("the machine has stopped (guest-panic)");
  const message = await waiting.catch(String);
  expect(message).toContain("/login:/ cannot appear: the machine has stopped (guest-panic)");
  expect(message).toContain("| Kernel panic - not syncing");
});

test("keeps every line in its log with the seconds since the machine was switched on", async () => {
  await print("Welcome\n", "rescue login: ");
  guest.end();
  stop("over");
  await console.ended;
  const log = await Bun.file(console.logPath).text();
  expect(log).toMatch(/^\[ +0\.\d{3}\] Welcome\n\[ +0\.\d{3}\] rescue login: \n$/);
});
