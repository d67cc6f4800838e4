import { expect, test } from "bun:test";
import { type ArchiveEntry, paxHeader, tarArchive } from "./tar-archive.ts";
import { failure, one, storeEntries } from "./unpack-attempt.ts";

const base = `nix/store/${one}`;
const evil: Readonly<Record<string, readonly ArchiveEntry[]>> = {
  "an absolute name": [{ name: "/victim", data: "x" }],
  "a name with ..": [{ name: "nix/store/../../../victim", data: "x" }],
  "a name with .. in pax": [paxHeader({ path: `${base}/../../../victim` }), { name: "x" }],
  "a name with .. behind ./": [{ name: "./../victim", data: "x" }],
  "a file through a planted link": [
    { name: `${base}/link`, type: "2", linkName: "../../.." },
    { name: `${base}/link/victim`, data: "x" },
  ],
  "a file through a planted store path": [
    { name: base, type: "2", linkName: "../.." },
    { name: `${base}/victim`, data: "x" },
  ],
  "a file over a planted link": [
    { name: `${base}/link`, type: "2", linkName: "../../../victim" },
    { name: `${base}/link`, data: "x" },
  ],
  "a directory over a planted link": [
    { name: `${base}/link`, type: "2", linkName: "../../.." },
    { name: `${base}/link/`, type: "5" },
    { name: `${base}/link/victim`, data: "x" },
  ],
  "a store that is a link": [{ name: "nix/store", type: "2", linkName: ".." }],
  "a .links that is a link": [{ name: "nix/store/.links", type: "2", linkName: "../.." }],
  "a top that is a link": [{ name: "nix", type: "2", linkName: ".." }],
  "a database that is a link": [
    { name: "nix/var/nix/db/db.sqlite", type: "2", linkName: "../../../../victim" },
  ],
  "a hard link to the outside": [{ name: `${base}/hard`, type: "1", linkName: "../victim" }],
  "a hard link to an absolute path": [{ name: `${base}/hard`, type: "1", linkName: "/etc/passwd" }],
  "a hard link to nothing": [{ name: `${base}/hard`, type: "1", linkName: `${base}/none` }],
  "a hard link through a planted link": [
    { name: `${base}/link`, type: "2", linkName: "../../.." },
    { name: `${base}/hard`, type: "1", linkName: `${base}/link/victim` },
  ],
  "a hard link to a directory": [
    { name: `${base}/directory/`, type: "5" },
    { name: `${base}/hard`, type: "1", linkName: `${base}/directory` },
  ],
  "a file twice": [
    { name: `${base}/file`, data: "x" },
    { name: `${base}/file`, data: "y" },
  ],
  "a file below a file": [
    { name: `${base}/file`, data: "x" },
    { name: `${base}/file/below`, data: "y" },
  ],
  "a device": [{ name: `${base}/device`, type: "4" }],
  "a name that is no store path": [{ name: "nix/store/passwd", data: "x" }],
  "an entry beside the store": [{ name: "nix/other", data: "x" }],
  "an entry beside nix": [
    { name: "nix/store/", type: "5" },
    { name: "etc/passwd", data: "x" },
  ],
  "an empty symbolic link": [{ name: `${base}/link`, type: "2" }],
  "two registrations": [
    { name: "registration", data: "x" },
    { name: ".reginfo", data: "x" },
  ],
};
for (const [what, entries] of Object.entries(evil)) {
  test(`${what} is refused`, async () => {
    const archive = tarArchive([...entries, { name: "nix-path-registration", data: "r" }]);
    expect((await failure({ archive })).reason).toBe("integrity");
  });
}

const noStores: Readonly<Record<string, readonly [readonly ArchiveEntry[], string]>> = {
  "another archive": [[{ name: "linux-6.12/Makefile", data: "x" }], 'it begins with "linux-6.12"'],
  "a store without a registration": [storeEntries("nix/store"), "neither a registration nor"],
  "a registration without a store": [[{ name: "registration", data: "x" }], "no store path"],
  "a tarball for another system": [
    [{ name: "nix-2.31.2-aarch64-linux/", type: "5" }],
    "is for aarch64-linux, this machine is x86_64-linux",
  ],
};
for (const [what, [entries, message]] of Object.entries(noStores)) {
  test(`${what} is refused and the message says why`, async () => {
    const error = await failure({ archive: tarArchive(entries) });
    expect(error.reason).toBe("refused");
    expect(error.message).toContain(message);
    expect(error.hint).toBeDefined();
  });
}

test("nothing at all is refused", async () => {
  const error = await failure({ archive: new Uint8Array() });
  expect(error.message).toBe("the tarball is no portable store: it is empty");
});
