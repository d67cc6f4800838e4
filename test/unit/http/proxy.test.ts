import { expect, test } from "bun:test";
import { proxyFor } from "../../../src/http/proxy.ts";

const cache = new URL("https://cache.example.org/path");
const https_proxy = "http://user:secret@proxy.example.org:3128";

test("the proxy is that of the scheme, in small or in capital letters, or that of all", () => {
  expect(proxyFor(cache, { https_proxy })?.host).toBe("proxy.example.org:3128");
  expect(proxyFor(cache, { HTTPS_PROXY: https_proxy })?.hostname).toBe("proxy.example.org");
  expect(proxyFor(cache, { all_proxy: https_proxy })?.hostname).toBe("proxy.example.org");
  expect(proxyFor(cache, { https_proxy, ALL_PROXY: "http://other" })?.hostname).toBe(
    "proxy.example.org",
  );
  expect(proxyFor(cache, { https_proxy: "proxy.example.org:3128" })?.port).toBe("3128");
  expect(proxyFor(cache, { http_proxy: https_proxy })).toBeUndefined();
  expect(proxyFor(cache, { https_proxy: "" })).toBeUndefined();
  expect(proxyFor(cache, {})).toBeUndefined();
});

test.each([
  ["*", "https://cache.example.org"],
  ["cache.example.org", "https://cache.example.org"],
  ["Example.ORG", "https://cache.example.org"],
  [".example.org", "https://cache.example.org"],
  ["a.b, *.example.org", "https://cache.example.org"],
  ["a.b example.org", "https://cache.example.org"],
  ["example.org:443", "https://cache.example.org"],
  ["example.org:8080", "http://example.org:8080"],
  ["10.0.0.0/8", "http://10.1.2.3"],
  ["10.1.2.3/32", "http://10.1.2.3"],
  ["10.1.2.3", "http://10.1.2.3:8080"],
  ["::1", "http://[::1]:8080"],
  ["[::1]:8080", "http://[::1]:8080"],
  ["fd00::/8", "http://[fd12::1]"],
])("no_proxy = %s takes %s out", (no_proxy, url) => {
  expect(proxyFor(new URL(url), { all_proxy: https_proxy, no_proxy })).toBeUndefined();
});

test.each([
  ["ample.org", "https://cache.example.org"],
  ["a.cache.example.org", "https://cache.example.org"],
  ["example.org:80", "https://cache.example.org"],
  ["10.0.0.0/8", "http://11.1.2.3"],
  ["10.0.0.0/33", "http://10.1.2.3"],
  ["10.", "http://10.1.2.3"],
  ["3", "http://10.1.2.3"],
  ["10.0.0.0/8", "http://10.example.org"],
  ["fd00::/8", "http://[fe80::1]"],
  ["[::1]:8080", "http://[::1]"],
  ["", "https://cache.example.org"],
])("no_proxy = %s does not take %s out", (no_proxy, url) => {
  expect(proxyFor(new URL(url), { all_proxy: https_proxy, no_proxy })).toBeDefined();
});
