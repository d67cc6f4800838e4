import { expect, test } from "bun:test";
import {
  luksDevicesOfCrypttab,
  luksDevicesOfScript,
} from "../../../../src/system-info/initrd/luks-devices.ts";
import { cpioArchive } from "../../../support/cpio.ts";
import { infoOf, scriptedInitrd } from "./initrds.ts";

const root = "/dev/disk/by-uuid/6f6d8a2e-6a7c-4d0b-9c52-4cf0a9ed6a3f";

/** What nixpkgs' `luksroot.nix` wrote in several generations; shortened where nothing is opened. */
const generations: Readonly<Record<string, string>> = {
  "15.09": `
    wait_target "device" ${root}
    open_normally() {
        echo luksOpen ${root} cryptroot --allow-discards \\
          --key-file=/key --keyfile-size=4096 \\
          > /.luksopen_args
        cryptsetup-askpass
        rm /.luksopen_args
    }
    open_normally`,
  "20.03": `
    wait_target "device" ${root} || die "${root} is unavailable"
    open_normally() {
        echo -n "Verifying passphrase for ${root}..."
        echo -n "$passphrase" | cryptsetup luksOpen ${root} cryptroot --allow-discards --key-file=-
        if [ $? == 0 ]; then echo " - success"; fi
    }
    open_normally`,
  "24.11": `
    try_empty_passphrase() {
        return 1
    }
    do_open_passphrase() {
        echo -n "$passphrase" | cryptsetup luksOpen ${root} cryptroot --allow-discards --perf-no_read_workqueue --perf-no_write_workqueue --header=/dev/sdb1 --key-file=-
    }
    open_normally() {
        if wait_target "key file" /key; then
            cryptsetup luksOpen ${root} cryptroot --allow-discards --key-file=/key \\
              --keyfile-size=4096 \\
        fi
    }
    open_normally`,
};

test.each(Object.entries(generations))("the script of NixOS %s tells what it opens", (_, text) => {
  expect(luksDevicesOfScript(text)).toEqual([{ name: "cryptroot", device: root }]);
  const info = infoOf(cpioArchive(scriptedInitrd(text)));
  expect(info.luksDevices).toEqual([{ name: "cryptroot", device: root }]);
});

test("every device of a script is told once, and a variable is no device", () => {
  const script = `
    cryptsetup luksOpen /dev/sda2 one --key-file=-
    cryptsetup luksOpen /dev/sda2 one --key-file=/key
    cryptsetup luksOpen '/dev/sda3' "two"
    cryptsetup luksOpen "$device" "$name"
    cryptsetup luksOpen --key-file=- "$2" "$1"`;
  expect(luksDevicesOfScript(script)).toEqual([
    { name: "one", device: "/dev/sda2" },
    { name: "two", device: "/dev/sda3" },
  ]);
});

test("a crypttab has a device on each line that is no comment", () => {
  const text =
    "# NAME DEVICE\nroot\tUUID=6f6d none luks\n\n  swap /dev/sda2 /dev/urandom swap\nodd\n";
  expect(luksDevicesOfCrypttab(text)).toEqual([
    { name: "root", device: "UUID=6f6d" },
    { name: "swap", device: "/dev/sda2" },
  ]);
});

test("of somebody else's script nobody knows what it opens", () => {
  const entries = [{ path: "init", file: "#!/bin/sh\ncryptsetup luksOpen /dev/sda2 root\n" }];
  expect(infoOf(cpioArchive(entries)).luksDevices).toBeUndefined();
});
