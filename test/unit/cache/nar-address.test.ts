import { describe, expect, test } from "bun:test";
import { narAddress } from "../../../src/cache/nar-address.ts";

const cache = "https://user:secret@cache.example.org/team/";
const stick = "file:///media/My%20Stick/";

describe("NARs of a cache over HTTP", () => {
  test.each([
    ["nar/abc.nar.zst", "https://user:secret@cache.example.org/team/nar/abc.nar.zst"],
    ["nar/abc.nar?hash=def", "https://user:secret@cache.example.org/team/nar/abc.nar?hash=def"],
    ["./nar/abc.nar", "https://user:secret@cache.example.org/team/nar/abc.nar"],
    ["../nar/abc.nar", "https://user:secret@cache.example.org/nar/abc.nar"],
    ["../../../abc.nar", "https://user:secret@cache.example.org/abc.nar"],
    ["/nar/abc.nar", "https://user:secret@cache.example.org/nar/abc.nar"],
    ["nar/a%20b%2Fc.nar", "https://user:secret@cache.example.org/team/nar/a%20b%2Fc.nar"],
    ["?hash=def", "https://user:secret@cache.example.org/team/?hash=def"],
    ["//cdn.example.org/abc.nar", "https://cdn.example.org/abc.nar"],
    ["http://cdn.example.org/abc.nar", "http://cdn.example.org/abc.nar"],
    ["https://s3.example.org/abc.nar?X-Amz=1&b=2", "https://s3.example.org/abc.nar?X-Amz=1&b=2"],
  ])("%s is %s", (url, address) => {
    expect(narAddress(url, cache)).toBe(address);
  });

  test.each(["file:///etc/shadow", "ftp://host/abc.nar", "data:,abc", "https://"])(
    "%s is refused",
    (url) => {
      expect(() => narAddress(url, cache)).toThrow(
        `its narinfo has the NAR at ${JSON.stringify(url)}, which is not HTTP`,
      );
    },
  );
});

describe("NARs of a cache in a directory", () => {
  test.each([
    ["nar/abc.nar.zst", "file:///media/My%20Stick/nar/abc.nar.zst"],
    ["abc.nar", "file:///media/My%20Stick/abc.nar"],
    ["nar/..abc.nar", "file:///media/My%20Stick/nar/..abc.nar"],
    // As Nix: a file of just that name, which a copy made by wget has.
    ["nar/abc.nar?hash=def", "file:///media/My%20Stick/nar/abc.nar%3Fhash=def"],
    ["nar/a%2fb#c", "file:///media/My%20Stick/nar/a%252fb%23c"],
  ])("%s is %s", (url, address) => {
    expect(narAddress(url, stick)).toBe(address);
  });

  test.each([
    "/etc/shadow",
    "../secret",
    "nar/../../secret",
    "nar/..",
    "./nar/abc.nar",
    "nar/\0",
    "//host/abc.nar",
  ])("%p is refused", (url) => {
    expect(() => narAddress(url, stick)).toThrow("which is not a file in it");
  });

  test.each(["https://host/abc.nar", "file:///etc/shadow"])(
    "%s is only a file of that name below it",
    (url) => {
      expect(new URL(narAddress(url, stick)).pathname).toStartWith("/media/My%20Stick/");
    },
  );
});
