import { describe, expect, test } from "bun:test";
import { parseNixCacheInfo } from "../../../src/nix/cache-info.ts";
import { formatHash, formatHashBase16, formatHashSri, parseHash } from "../../../src/nix/hash.ts";
import { parseNarInfo } from "../../../src/nix/narinfo.ts";
import { narinfos, withLine } from "./vectors.ts";

const { text } = narinfos;

describe("narinfos", () => {
  test("are read as Nix wrote them", () => {
    const info = parseNarInfo(text);
    expect(info.storePath.toString()).toBe("/nix/store/n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer.txt");
    expect(info.url).toBe("nar/1zfbgbdzrkpin6c7ikrqjq77hqbl23zmgpmy72x3izhvwqh94jf3.nar.zst");
    expect(info.compression).toBe("zstd");
    expect(info.fileHash && formatHash(info.fileHash)).toBe(
      "sha256:1zfbgbdzrkpin6c7ikrqjq77hqbl23zmgpmy72x3izhvwqh94jf3",
    );
    expect(info.fileSize).toBe(136);
    expect(formatHash(info.narHash)).toBe(
      "sha256:07yb5qhph13r6sgy1pjhbq8djfgl7g1v9iy3k9459db24f917683",
    );
    expect(info.narSize).toBe(176);
    expect(info.references.map(String)).toEqual([
      "/nix/store/jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.txt",
    ]);
    expect(info.deriver).toBeUndefined();
    expect(info.signatures).toEqual([
      "test-1:xuHJAM+Zs8E6eYwMgBB51yCfTsyiCDU1NMF2Yy+hH0bVr8aq0XX4PXJCVVwZCsfg/weig3RaN5KPsEp+NPVrAA==",
    ]);
    expect(info.contentAddress).toBe(
      "text:sha256:198ljl8xyj9nk2qa68kbj0kgpmv8f930y9g6kd17cwlkr5hz4dz0",
    );
  });

  test("may lack everything but path, URL, NAR hash and NAR size", () => {
    const lines = text.split("\n").filter((line) => /^(StorePath|URL|NarHash|NarSize):/.test(line));
    const info = parseNarInfo(`${lines.join("\n")}\n`);
    expect(Object.keys(info).toSorted()).toEqual(
      [
        "storePath",
        "url",
        "compression",
        "narHash",
        "narSize",
        "references",
        "signatures",
      ].toSorted(),
    );
    expect(info.compression).toBe("bzip2");
    expect(info.references).toEqual([]);
    expect(info.signatures).toEqual([]);
  });

  test("have their references sorted and without duplicates", () => {
    const [b, a] = ["jksa0m743p182kdf1gzmp8ncabi8kgwk-b", "jksa0m743p182kdf1gzmp8ncabi8kgwk-a"];
    const info = parseNarInfo(withLine(text, "References", `References: ${b} ${a}  ${b}`));
    expect(info.references.map(({ name }) => name)).toEqual(["a", "b"]);
    expect(parseNarInfo(withLine(text, "References", "References:")).references).toEqual([]);
  });

  test("have any number of signatures", () => {
    const twoMore = "Sig: a:b\nSig: c:d\nSig: a:b";
    expect(parseNarInfo(withLine(text, "Sig", twoMore)).signatures).toEqual(["a:b", "c:d"]);
    expect(parseNarInfo(withLine(text, "Sig", undefined)).signatures).toEqual([]);
  });

  test("name their deriver, or say that it is unknown", () => {
    const deriver = "0qa62dhmhx2947b66ndaalppnzplds7c-outer.txt.drv";
    expect(parseNarInfo(`${text}Deriver: ${deriver}\n`).deriver?.baseName).toBe(deriver);
    expect(parseNarInfo(`${text}Deriver: unknown-deriver\n`).deriver).toBeUndefined();
  });

  test("may have fields of another time", () => {
    expect(parseNarInfo(`${text}System: x86_64-linux\nProvenance: {"a": 1}\n`)).toEqual(
      parseNarInfo(text),
    );
  });

  test("have an empty CA, an empty Compression and a FileSize of 0 like none", () => {
    let info = parseNarInfo(withLine(text, "CA", "CA: "));
    expect(info).not.toHaveProperty("contentAddress");
    info = parseNarInfo(withLine(text, "Compression", "Compression: "));
    expect(info.compression).toBe("bzip2");
    info = parseNarInfo(withLine(text, "FileSize", "FileSize: 0"));
    expect(info).not.toHaveProperty("fileSize");
  });

  for (const compression of ["none", "zstd", "xz", "gzip", "br", "bzip2"]) {
    test(`may be compressed with ${compression}`, () => {
      const changed = withLine(text, "Compression", `Compression: ${compression}`);
      expect<string>(parseNarInfo(changed).compression).toBe(compression);
    });
  }

  for (const name of ["StorePath", "URL", "NarHash", "NarSize"]) {
    test(`are refused without ${name}`, () => {
      const message = `narinfo: ${name} is missing`;
      expect(() => parseNarInfo(withLine(text, name, undefined))).toThrow(message);
      expect(() => parseNarInfo(withLine(text, name, `${name}: `))).toThrow(message);
    });
  }

  test("may have a field twice, of which the last counts, as in Nix", () => {
    const first = withLine(text, "NarSize", "NarSize: 1\nNarSize: 176");
    expect(parseNarInfo(first)).toEqual(parseNarInfo(text));
    expect(parseNarInfo(`${text}URL: nar/another\n`).url).toBe("nar/another");
    const empty = text.replace("References:", "References: \nReferences:");
    expect(parseNarInfo(empty).references).toHaveLength(1);
  });

  for (const name of ["References", "CA"]) {
    test(`are refused with ${name} twice`, () => {
      const line = text.split("\n").find((each) => each.startsWith(`${name}:`));
      expect(() => parseNarInfo(`${text}${line}\n`)).toThrow(`narinfo: ${name} comes twice`);
    });
  }

  test("have their hashes in every encoding", () => {
    const expected = parseNarInfo(text);
    for (const name of ["NarHash", "FileHash"] as const) {
      const nix32 = new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1] ?? "";
      const hash = parseHash(nix32);
      const sri = formatHashSri(hash);
      for (const encoded of [formatHashBase16(hash), sri, sri.replace("-", ":")]) {
        expect(parseNarInfo(withLine(text, name, `${name}: ${encoded}`))).toEqual(expected);
      }
    }
  });

  test("have a content address in every encoding, which is told as Nix keeps it", () => {
    const { contentAddress = "" } = parseNarInfo(text);
    const hash = parseHash(contentAddress.slice("text:".length));
    const sri = formatHashSri(hash);
    for (const encoded of [formatHashBase16(hash), sri, sri.replace("-", ":")]) {
      const changed = withLine(text, "CA", `CA: text:${encoded}`);
      expect(parseNarInfo(changed).contentAddress).toBe(contentAddress);
    }
  });

  test("have a content address of an unknown kind like none", () => {
    for (const address of ["fixed:git:sha1:iwjz551fyw0cxcjgf4l6c879zabd6wpm", "new:sha256:00"]) {
      const info = parseNarInfo(withLine(text, "CA", `CA: ${address}`));
      expect(info).not.toHaveProperty("contentAddress");
    }
  });

  const malformed = [
    "StorePath: n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer.txt",
    "StorePath: /nix/store/../etc",
    "Compression: lrzip",
    "Compression: XZ",
    "FileHash: 1zfbgbdzrkpin6c7ikrqjq77hqbl23zmgpmy72x3izhvwqh94jf3",
    "FileHash: sha256:1zfbgbdzrkpin6c7ikrqjq77hqbl23zmgpmy72x3izhvwqh94jf",
    "FileSize: -1",
    "FileSize: 1e3",
    "FileSize: 136 ",
    "FileSize: 9007199254740992",
    "FileSize: ",
    "NarHash: sha1:kpcd173cq987hw957sx6m0868wv3x6d9",
    "NarHash: sha256:???",
    "NarSize: 0",
    "NarSize: 0x10",
    "NarSize: 1.5",
    "NarSize: 18446744073709551615",
    "References: /nix/store/jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.txt",
    "References: inner.txt",
    "References: jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.txt,jksa0m743p182kdf1gzmp8ncabi8kgwk-b",
    "Deriver: /nix/store/jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.drv",
    "Deriver: ",
    "StorePath: /nix/store/n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer.txt\r",
  ];
  for (const line of malformed) {
    test(`are refused with ${JSON.stringify(line)}`, () => {
      const name = line.slice(0, line.indexOf(":"));
      const changed = text.includes(`${name}:`) ? withLine(text, name, line) : `${text}${line}\n`;
      expect(() => parseNarInfo(changed)).toThrow(`narinfo: ${name} is malformed`);
    });
  }

  test("are refused with lines that are no fields", () => {
    for (const line of ["", "no field", ": value", "NarSize:176", "<html>"]) {
      const message = 'narinfo: line 1 is not "name: value"';
      expect(() => parseNarInfo(`${line}\n${text}`)).toThrow(message);
    }
  });

  test("are refused when they are cut off within a line", () => {
    for (let length = 0; length < text.length; length++) {
      if (text[length - 1] === "\n") continue;
      expect(() => parseNarInfo(text.slice(0, length))).toThrow("narinfo: ");
    }
  });
});

describe("nix-cache-info", () => {
  test("is read", () => {
    const info = "StoreDir: /nix/store\nWantMassQuery: 1\nPriority: 40\n";
    expect(parseNixCacheInfo(info)).toEqual({
      storeDirectory: "/nix/store",
      wantMassQuery: true,
      priority: 40,
    });
  });

  test("has the defaults of Nix, spaces or none, and anything else in it", () => {
    const nothing = { storeDirectory: undefined, wantMassQuery: false, priority: 0 };
    expect(parseNixCacheInfo("")).toEqual(nothing);
    expect(parseNixCacheInfo("<html>\nPriority: high\nWantMassQuery: yes\nX: y")).toEqual(nothing);
    expect(parseNixCacheInfo("Priority:-5\r\n\nStoreDir:   /gnu/store  ")).toEqual({
      storeDirectory: "/gnu/store",
      wantMassQuery: false,
      priority: -5,
    });
  });
});
