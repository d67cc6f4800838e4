import { expect, test } from "bun:test";
import { type SwapStep, swap } from "../../../src/disk/objects/swap.ts";
import { formatCommand } from "../../../src/run/command.ts";

function lines(commands: readonly (readonly string[])[]): string[] {
  return commands.map(formatCommand);
}

test("swap is made and used", () => {
  const step: SwapStep = {
    kind: "swap",
    id: "swap/main",
    device: "/dev/vda2",
    uuid: "u-u-i-d",
    content: "made",
  };
  expect(swap.step.describe(step)).toBe("Make swap on /dev/vda2 and use it");
  expect(lines(swap.step.commands(step))).toEqual([
    "wipefs --all --quiet /dev/vda2",
    "mkswap -U u-u-i-d /dev/vda2",
    "swapon /dev/vda2",
  ]);
});
