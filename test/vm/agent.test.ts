import { afterEach, beforeEach, expect, test } from "bun:test";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { rejection } from "../support/rejection.ts";
import { scratchDirectory } from "../support/scratch.ts";
import { Agent } from "./agent.ts";
import { listen, PortClosedError } from "./socket.ts";

let scratch: Awaited<ReturnType<typeof scratchDirectory>>;
let guest: Socket;
let agent: Agent;

beforeEach(async () => {
  scratch = await scratchDirectory("agent");
  const listener = await listen(scratch.path, "socket");
  guest = connect(join(scratch.path, "socket"));
  agent = new Agent(await listener.socket);
});

afterEach(async () => {
  guest.destroy();
  await scratch[Symbol.asyncDispose]();
});

test("a machine that goes away leaves a script without an end", async () => {
  const running = agent.run("reboot");
  guest.on("data", () => guest.end());
  expect(await rejection(running)).toBeInstanceOf(PortClosedError);
});

test("so it does when it goes away with the script unread, which the kernel reports as a reset", async () => {
  guest.pause();
  const running = agent.run("reboot");
  guest.destroy();
  expect(await rejection(running)).toBeInstanceOf(PortClosedError);
});

test("a file that nobody takes any more is no endless wait", async () => {
  guest.pause();
  const running = agent.put("/root/large", [new Uint8Array(8 << 20)], 8 << 20);
  guest.destroy();
  expect(await rejection(running)).toBeInstanceOf(PortClosedError);
});
