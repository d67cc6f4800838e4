import { expect, test } from "bun:test";
import { cleanEnvironment } from "../../../src/linux/restart.ts";

test("what makes Bun or the linker load code is dropped, everything else kept", () => {
  const environment = {
    BUN_OPTIONS: "--preload /tmp/x.ts",
    BUN_BE_BUN: "1",
    BUN_INSPECT: "ws://",
    LD_PRELOAD: "/tmp/x.so",
    LD_LIBRARY_PATH: "/tmp",
    NODE_OPTIONS: "--require /tmp/x.js",
    PATH: "/bin",
    https_proxy: "http://proxy",
    SSL_CERT_FILE: "/etc/ca.pem",
    EMPTY: "",
    UNSET: undefined,
  };
  expect(cleanEnvironment(environment)).toEqual({
    PATH: "/bin",
    https_proxy: "http://proxy",
    SSL_CERT_FILE: "/etc/ca.pem",
    EMPTY: "",
  });
});
