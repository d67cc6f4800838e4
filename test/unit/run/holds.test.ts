import { expect, test } from "bun:test";
import { Holds } from "../../../src/run/holds.ts";

test("what outlives the process is named while it is open, and while it is being released", async () => {
  const holds = new Holds();
  const during: string[][] = [];
  holds.add("a mount", async () => {});
  holds.add("swap on /dev/vda2", async () => {}, "with-machine");
  holds.add(
    "the mapping root",
    async () => {
      during.push(holds.lasting());
    },
    "with-machine",
  );
  expect(holds.lasting()).toEqual(["the mapping root", "swap on /dev/vda2"]);
  await holds.releaseAll(() => {});
  expect(during).toEqual([["the mapping root", "swap on /dev/vda2"]]);
  expect(holds.lasting()).toEqual([]);
});
