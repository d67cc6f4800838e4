import { expect, test } from "bun:test";
import { parseWipefs } from "../../../src/facts/signatures.ts";

const devices = [
  { name: "loop0", path: "/dev/loop0", number: "7:0", size: 314_572_800 },
  { name: "loop0p1", path: "/dev/loop0p1", number: "259:0", size: 20_971_520 },
];

/** Printed by `wipefs --json /dev/loop0 /dev/loop0p1` of util-linux 2.38.1, one superblock shortened. */
const output = `{
   "signatures": [
      {
         "device": "loop0",
         "offset": "0x200",
         "type": "gpt",
         "uuid": null,
         "label": null
      },{
         "device": "loop0",
         "offset": "0x12bffe00",
         "type": "gpt",
         "uuid": null,
         "label": null
      },{
         "device": "loop0",
         "offset": "0x1fe",
         "type": "PMBR",
         "uuid": null,
         "label": null
      },{
         "device": "loop0p1",
         "offset": "0x52",
         "type": "vfat",
         "uuid": "DEAD-BEEF",
         "label": "ESP"
      },{
         "device": "loop0p1",
         "offset": "0x0",
         "type": "vfat",
         "uuid": "DEAD-BEEF",
         "label": "ESP"
      }
   ]
}
`;

test("each signature counts once; a protective MBR belongs to the GPT", () => {
  expect(parseWipefs(output, devices)).toEqual([
    { device: "/dev/loop0", type: "gpt", size: 314_572_800 },
    {
      device: "/dev/loop0p1",
      type: "vfat",
      label: "ESP",
      uuid: "DEAD-BEEF",
      size: 20_971_520,
    },
  ]);
});

test("a protective MBR without a GPT is told", () => {
  const alone = output.replaceAll('"type": "gpt"', '"type": "PMBR"');
  expect(parseWipefs(alone, devices).map(({ type }) => type)).toEqual(["PMBR", "vfat"]);
});

test("blank devices have none", () => {
  expect(parseWipefs('{\n   "signatures": [\n\n   ]\n}\n', devices)).toEqual([]);
  expect(parseWipefs("", devices)).toEqual([]);
});

test("a signature on a device of unknown name still makes the disk not empty", () => {
  const renamed = output.replaceAll('"loop0p1"', '"mapper/x"');
  expect(parseWipefs(renamed, devices).map(({ device }) => device)).toEqual([
    "/dev/loop0",
    "/dev/loop0",
  ]);
});

test("anything else than wipefs prints is no empty disk", () => {
  expect(() => parseWipefs("{}", devices)).toThrow();
  expect(() => parseWipefs("wipefs: unrecognized option", devices)).toThrow();
});
