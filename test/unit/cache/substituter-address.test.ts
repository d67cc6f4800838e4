import { describe, expect, test } from "bun:test";
import { parseSubstituterAddress } from "../../../src/cache/substituter-address.ts";
import { InstallerError } from "../../../src/errors.ts";

/** What an address is refused with: its message, and its hint on a line of its own. */
function refusal(text: string): string {
  try {
    parseSubstituterAddress(text);
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
    expect(error.reason).toBe("manifest");
    return [error.message, error.hint ?? []].flat().join("\n");
  }
  throw new Error(`${text} was taken`);
}

describe("addresses of binary caches", () => {
  test.each([
    ["https://cache.example.org", "https://cache.example.org/"],
    ["https://cache.example.org/", "https://cache.example.org/"],
    ["http://[fe80::1]:8080/some/prefix", "http://[fe80::1]:8080/some/prefix/"],
    ["https://user:secret@cache.example.org/attic", "https://user:secret@cache.example.org/attic/"],
    ["https://cache.example.org/prefix/?priority=10#top", "https://cache.example.org/prefix/"],
    ["file:///media/usb/cache", "file:///media/usb/cache/"],
    ["file:/media/usb/cache/", "file:///media/usb/cache/"],
    ["file:///media/My%20Stick?trusted=1", "file:///media/My%20Stick/"],
    ["file:///", "file:///"],
  ])("%s is read from %s", (text, url) => {
    expect(parseSubstituterAddress(text).url).toBe(url);
  });

  test("hold settings of Nix after a question mark", () => {
    const plain = parseSubstituterAddress("https://host");
    expect(plain).toMatchObject({ priority: undefined, trusted: false, unknownSettings: [] });
    expect(parseSubstituterAddress("https://host?priority=-5").priority).toBe(-5);
    for (const [value, trusted] of [
      ["1", true],
      ["true", true],
      ["yes", true],
      ["0", false],
      ["no", false],
    ] as const) {
      expect(parseSubstituterAddress(`https://host?trusted=${value}`).trusted).toBe(trusted);
    }
    const known = parseSubstituterAddress(
      "https://host?compression=zstd&want-mass-query=1&store=/x",
    );
    expect(known.unknownSettings).toEqual([]);
    const unknown = parseSubstituterAddress("https://host?token=abc&priority=1&token=def");
    expect(unknown.unknownSettings).toEqual(["token"]);
  });

  test("are refused with a setting that has no such value", () => {
    expect(refusal("https://host?priority=high")).toBe(
      'https://host?… has the priority "high", which is not a whole number',
    );
    expect(refusal("https://host?trusted=maybe")).toContain("neither true nor false");
  });

  test("are refused as a path, with the address that is meant", () => {
    expect(refusal("/media/usb/my cache")).toBe(
      "/media/usb/my cache is a path, which Nix takes for a store and not for a binary cache\n" +
        "If it is a binary cache in a directory, write file:///media/usb/my%20cache.",
    );
  });

  test("are refused as a file on a host, which is what two slashes say", () => {
    expect(refusal("file://media/usb")).toBe(
      "file://media/usb names the host media, not only a directory\n" +
        "Write three slashes: file:///media/usb.",
    );
  });

  test.each([
    "",
    "cache.example.org",
    "ftp://host/",
    "s3://bucket",
    "file:///a%2Fb",
    "file:///a%00",
  ])("are refused as %p", (text) => {
    expect(refusal(text)).toMatch(/is not an address|escape/);
  });

  test("never show a password when they are refused", () => {
    const message = refusal("https://user:secret@host?priority=x&token=secret");
    expect(message).not.toContain("secret");
  });
});
