import { expect, test } from "bun:test";
import { parseBootspec } from "../../../../src/system/boot/bootspec.ts";

const toplevel = "/nix/store/11111111111111111111111111111111-nixos-system-host-25.11";
const main = {
  initrd: "/nix/store/22222222222222222222222222222222-initrd-linux-6.12.10/initrd",
  initrdSecrets:
    "/nix/store/33333333333333333333333333333333-append-initrd-secrets/bin/append-initrd-secrets",
  kernel: "/nix/store/44444444444444444444444444444444-linux-6.12.10/bzImage",
  kernelParams: ["loglevel=4", "root=fstab"],
  label: "NixOS Xantusia 25.11 (Linux 6.12.10)",
  init: `${toplevel}/init`,
  system: "x86_64-linux",
  toplevel,
};

test("a bootspec document is read, extensions are left out", () => {
  const nested = { ...main, init: `${toplevel}-specialised/init` };
  const document = {
    "org.nixos.bootspec.v1": main,
    "org.nixos.specialisation.v1": {
      safe: { "org.nixos.bootspec.v1": nested, "org.nixos.specialisation.v1": {} },
    },
    "org.nixos.systemd-boot": { sortKey: "nixos" },
  };
  expect(parseBootspec(JSON.stringify(document))).toEqual({
    ...main,
    specialisations: { safe: { ...nested, specialisations: {} } },
  });
});

test("a system without an initrd has none", () => {
  const { initrd, initrdSecrets, ...rest } = main;
  expect(initrd && initrdSecrets).toBeTruthy();
  const bootspec = parseBootspec(JSON.stringify({ "org.nixos.bootspec.v1": rest }));
  expect(bootspec.initrd).toBeUndefined();
  expect(bootspec.specialisations).toEqual({});
});

test.each([
  ["{", "boot.json is not JSON"],
  ["{}", "boot.json: org.nixos.bootspec.v1"],
  [
    JSON.stringify({ "org.nixos.bootspec.v1": { ...main, kernel: "bzImage" } }),
    "boot.json: org.nixos.bootspec.v1.kernel: expected an absolute path",
  ],
  [
    JSON.stringify({
      "org.nixos.bootspec.v1": main,
      "org.nixos.specialisation.v1": { safe: { "org.nixos.bootspec.v1": { ...main, init: 1 } } },
    }),
    "boot.json: safe.org.nixos.bootspec.v1.init",
  ],
])("a malformed document is refused with its key: %p", (text, message) => {
  expect(() => parseBootspec(text)).toThrow(message);
});
