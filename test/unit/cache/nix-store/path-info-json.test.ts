import { describe, expect, test } from "bun:test";
import { parsePathInfoJson } from "../../../../src/cache/nix-store/path-info-json.ts";
import { formatArguments } from "../../../../src/cache/nix-store/path-info-query.ts";
import { InstallerError } from "../../../../src/errors.ts";
import { formatHash } from "../../../../src/nix/hash.ts";

const source = "/nix/store/5k4rqw68mjjrnbi7sv1li4synrhfa0nv-source";
const tool = "/nix/store/253qk8kz88b6si4cmj3m2wzwfaz1vchy-tool";
const missing = "/nix/store/za46icsd9hwzw12yksr4ldyrx27785j5-missing";
const narHash = "sha256-f+RLQErPKpzbq255meHjEZ7+WglzOKnyYOKNKZkyPDc=";
const deriver = "/nix/store/pfwq7q982q0bjq3g27xf8qj87mqky5al-tool.drv";
const signature =
  "test-1:eVSbGFFt9IhXDilI9EbKnr7pS4n41mviXc8MSS/VtRbG0ZBkS8rqWeUDIVpUA6cUV7jul3QBOYriwJU8o7fdDg==";

/** What different versions of Nix print of the same store. */
const outputs: Readonly<Record<string, unknown>> = {
  "2.8": [
    { path: source, narHash, narSize: 288, references: [], ca: "fixed:r:sha256:0drw" },
    {
      path: tool,
      narHash,
      narSize: 392,
      references: [tool, source],
      deriver,
      registrationTime: 1,
      ultimate: true,
      signatures: [signature],
    },
    { path: missing, valid: false },
  ],
  "2.26": {
    [source]: {
      ca: "fixed:r:sha256:0drw",
      deriver: null,
      narHash,
      narSize: 288,
      references: [],
      registrationTime: null,
      signatures: [],
      ultimate: false,
    },
    [tool]: {
      ca: null,
      deriver,
      narHash,
      narSize: 392,
      references: [tool, source],
      registrationTime: 1,
      signatures: [signature],
      ultimate: true,
    },
    [missing]: null,
  },
  "2.34 with --json-format 1": {
    [source]: {
      ca: "fixed:r:sha256:0drw",
      deriver: null,
      narHash,
      narSize: 288,
      references: [],
      registrationTime: null,
      signatures: [],
      storeDir: "/nix/store",
      ultimate: false,
      version: 1,
    },
    [tool]: {
      ca: null,
      deriver,
      narHash,
      narSize: 392,
      references: [tool, source],
      registrationTime: 1,
      signatures: [signature],
      storeDir: "/nix/store",
      ultimate: true,
      version: 1,
    },
    [missing]: null,
  },
};

describe("what Nix prints of store paths is read", () => {
  test.each(Object.entries(outputs))("Nix %s", (_, json) => {
    const infos = parsePathInfoJson(JSON.stringify(json));
    expect([...infos.keys()].toSorted()).toEqual([tool, source, missing].toSorted());
    expect(infos.get(missing)).toBeUndefined();
    expect(infos.get(source)).toMatchObject({
      narSize: 288,
      references: [],
      signatures: [],
      contentAddress: "fixed:r:sha256:0drw",
    });
    const info = infos.get(tool);
    expect(info?.references.map(String)).toEqual([tool, source]);
    expect(info?.deriver?.toString()).toBe(deriver);
    expect(info?.signatures).toEqual([signature]);
    expect(info?.contentAddress).toBeUndefined();
    expect(info === undefined ? "" : formatHash(info.narHash)).toBe(
      "sha256:0drw6acjk3g2c3rajf3k15dgx7hiwghrjybfmgdrqang9904pr3z",
    );
  });
});

test.each([
  ["no JSON", "nix: nothing"],
  ["a format that is not known", JSON.stringify({ version: 2, info: {} })],
  ["no hash", JSON.stringify({ [source]: { narSize: 1, references: [] } })],
  [
    "a reference that is none",
    JSON.stringify({ [source]: { narHash, narSize: 1, references: ["../etc"] } }),
  ],
  ["another hash", JSON.stringify({ [source]: { narHash: "sha1:0", narSize: 1, references: [] } })],
])("%s is refused", (_, text) => {
  expect(() => parsePathInfoJson(text)).toThrow(InstallerError);
});

test.each([
  ["nix (Nix) 2.8.0", 0],
  ["nix (Nix) 2.26.3", 0],
  ["nix (Nix) 2.33.0", 2],
  ["nix (Nix) 2.34.8", 2],
  ["nix (Nix) 3.0.0", 2],
  ["nix (Determinate Nix 3.8.5) 2.30.2", 0],
  ["nix (Determinate Nix 3.15.1) 2.33.0", 2],
  ["nix (Lix, like Nix) 2.93.0", 0],
])("the format is named for those who know it: %s", (version, length) => {
  expect(formatArguments(version)).toHaveLength(length);
});
