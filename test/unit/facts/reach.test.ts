import { expect, test } from "bun:test";
import { probeReach } from "../../../src/facts/reach.ts";

test("a host on this machine has an address and a route", async () => {
  const reach = await probeReach("cache.substituters", new URL("http://127.0.0.1:8080/x"), {});
  expect(reach).toEqual({
    object: "cache.substituters",
    url: "http://127.0.0.1:8080",
    host: "127.0.0.1",
    isProxy: false,
    addresses: ["127.0.0.1"],
    routed: ["127.0.0.1"],
  });
});

test("a name that nobody has does not resolve", async () => {
  // RFC 6761: there is nothing below `invalid`.
  const reach = await probeReach("cache.substituters", new URL("https://cache.invalid"), {});
  expect(reach.addresses).toEqual([]);
  expect(reach.failure).toMatch(/^(?:ENOTFOUND|EAI_AGAIN|ESERVFAIL|ECONNREFUSED)$/);
});

test("behind a proxy it is the proxy that must be reached", async () => {
  const environment = { http_proxy: "http://[::1]:3128" };
  const reach = await probeReach(
    "cache.substituters",
    new URL("http://cache.invalid"),
    environment,
  );
  expect(reach).toMatchObject({ host: "::1", isProxy: true, addresses: ["::1"] });
});
