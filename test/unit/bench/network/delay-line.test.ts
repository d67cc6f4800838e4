import { expect, test } from "bun:test";
import { DelayLine } from "../../../bench/network/delay-line.ts";

const packet = (size: number, content: number) => new Uint8Array(size).fill(content);

test("delivers a packet once it is sent and the delay is over", () => {
  const line = new DelayLine({ delay: 0.01, bandwidth: 8e6, backlog: 1e6 });
  line.send(packet(1000, 1), 1000, 5);
  expect(line.due).toBeCloseTo(5.011, 9);
  expect(line.deliver(5.0109)).toBeUndefined();
  expect(line.deliver(5.0111)).toEqual(packet(1000, 1));
  expect(line.due).toBe(Number.POSITIVE_INFINITY);
});

test("sends packets one after the other at its bandwidth", () => {
  const line = new DelayLine({ delay: 0.01, bandwidth: 8e6, backlog: 1e6 });
  for (let number = 0; number < 100; number++) line.send(packet(1000, number), 1000, 0);
  const contents: number[] = [];
  for (let next = line.deliver(0.0605); next !== undefined; next = line.deliver(0.0605)) {
    contents.push(next[500] ?? -1);
  }
  expect(contents).toEqual(Array.from({ length: 50 }, (_, number) => number));
});

test("drops what its queue has no room for, and goes on", () => {
  const line = new DelayLine({ delay: 0, bandwidth: 8e6, backlog: 10_500 });
  for (let number = 0; number < 20; number++) line.send(packet(1000, number), 1000, 0);
  expect(line.dropped).toBe(9);
  line.send(packet(1000, 99), 1000, 0.005);
  let last: Uint8Array | undefined;
  for (let next = line.deliver(1); next !== undefined; next = line.deliver(1)) last = next.slice();
  expect(last).toEqual(packet(1000, 99));
});

test("keeps packets of all sizes whole while its memory is used over and over", () => {
  const line = new DelayLine({ delay: 0.001, bandwidth: 1e9, backlog: 200_000 });
  let sent = 0;
  let received = 0;
  for (let step = 1; step <= 4_000; step++) {
    const time = step * 0.0005;
    line.send(packet(1 + ((step * 7919) % 40_000), sent++ % 251), 20_000, time);
    for (let next = line.deliver(time); next !== undefined; next = line.deliver(time)) {
      const content = received++ % 251;
      expect([next[0], next[next.length >> 1], next.at(-1)]).toEqual([content, content, content]);
    }
  }
  expect(line.dropped).toBe(0);
  expect(sent - received).toBeLessThan(30);
});
