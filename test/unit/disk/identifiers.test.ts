import { expect, test } from "bun:test";
import { deterministicUuid, deterministicVolumeId, uuidV5 } from "../../../src/disk/identifiers.ts";

test("UUIDs are those of RFC 9562, appendix A.4", () => {
  const dns = "6ba7b810-9dad-11d1-80b4-00c04fd430c8";
  expect(uuidV5(dns, "www.example.com")).toBe("2ed6657d-e927-568b-95e1-2665a8aea6a2");
});

test("identifiers never change: closures are built against them", () => {
  // The same as python3's uuid.uuid5(uuid5(uuid5(NAMESPACE_URL, "https://landfall.invalid/"), seed), name).
  expect(deterministicUuid("host-7", "disk.main.root")).toBe(
    "a3e6fc92-b381-558c-9d79-d397bc9b6234",
  );
  expect(deterministicVolumeId("host-7", "disk.main.root")).toBe("A3E6-FC92");
});

test("another seed or name gives another identifier", () => {
  const identifiers = [
    deterministicUuid("a", "b"),
    deterministicUuid("a", "c"),
    deterministicUuid("b", "a"),
    deterministicUuid("ab", ""),
    deterministicUuid("", "ab"),
  ];
  expect(new Set(identifiers).size).toBe(identifiers.length);
});
