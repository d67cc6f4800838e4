import { describe, expect, test } from "bun:test";
import { generateKeyPairSync, sign } from "node:crypto";
import { parseNarInfo } from "../../../src/nix/narinfo.ts";
import {
  fingerprint,
  parsePublicKey,
  parseSignature,
  verifySignatures,
} from "../../../src/nix/signature.ts";
import { narinfos, publicKey, withLine } from "./vectors.ts";

const key = parsePublicKey(publicKey);
const info = parseNarInfo(narinfos.text);

/** A key of one's own, and what it signs a narinfo with. */
function makeKey(name: string) {
  const pair = generateKeyPairSync("ed25519");
  const raw = pair.publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  return {
    key: parsePublicKey(`${name}:${raw.toString("base64")}`),
    sign: (message: string) =>
      `${name}:${sign(null, Buffer.from(message), pair.privateKey).toString("base64")}`,
  };
}

describe("fingerprints", () => {
  test("are those of Nix", () => {
    expect(fingerprint(info)).toBe(
      "1;/nix/store/n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer.txt;sha256:07yb5qhph13r6sgy1pjhbq8djfgl7g1v9iy3k9459db24f917683;176;/nix/store/jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.txt",
    );
  });

  test("are the same whatever the order of the references", () => {
    const references = [info.storePath, ...info.references];
    const one = fingerprint({ ...info, references });
    expect(one).toEndWith(
      ";/nix/store/jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.txt,/nix/store/n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer.txt",
    );
    expect(fingerprint({ ...info, references: references.toReversed() })).toBe(one);
  });
});

describe("signatures", () => {
  for (const [name, text] of Object.entries(narinfos)) {
    test(`of Nix are valid: ${name}`, () => {
      expect(verifySignatures(parseNarInfo(text), [key])).toEqual(["test-1"]);
    });
  }

  test("are not valid for anything else that is signed for", () => {
    const changes = {
      StorePath: "StorePath: /nix/store/n9plcsbwf3p7bgr3nqs24frh34r1wbk8-outer.tx",
      NarHash: "NarHash: sha256:07yb5qhph13r6sgy1pjhbq8djfgl7g1v9iy3k9459db24f917684",
      NarSize: "NarSize: 177",
      References: "References: jksa0m743p182kdf1gzmp8ncabi8kgwk-inner.tx",
    };
    for (const [name, line] of Object.entries(changes)) {
      const changed = parseNarInfo(withLine(narinfos.text, name, line));
      expect(verifySignatures(changed, [key])).toEqual([]);
    }
    expect(
      verifySignatures(parseNarInfo(withLine(narinfos.text, "References", "References: ")), [key]),
    ).toEqual([]);
  });

  test("are valid though what is not signed for differs", () => {
    const changed = withLine(
      withLine(narinfos.text, "URL", "URL: x"),
      "CA",
      "Deriver: unknown-deriver",
    );
    expect(verifySignatures(parseNarInfo(changed), [key])).toEqual(["test-1"]);
  });

  test("count only by a key that is trusted, under its own name", () => {
    const stranger = makeKey("stranger-1");
    const impostor = makeKey("test-1");
    expect(verifySignatures(info, [])).toEqual([]);
    expect(verifySignatures(info, [stranger.key, impostor.key])).toEqual([]);
    const forged = { ...info, signatures: [impostor.sign(fingerprint(info))] };
    expect(verifySignatures(forged, [key])).toEqual([]);
    const renamed = {
      ...info,
      signatures: info.signatures.map((text) => text.replace("test", "other")),
    };
    expect(verifySignatures(renamed, [key])).toEqual([]);
  });

  test("tell every key that signed, once", () => {
    const other = makeKey("other-1");
    const signature = other.sign(fingerprint(info));
    const signatures = [signature, ...info.signatures, signature];
    const keys = [key, other.key, makeKey("other-1").key];
    expect(verifySignatures({ ...info, signatures }, keys)).toEqual(["other-1", "test-1"]);
  });

  test("that are malformed do no harm to the others", () => {
    const signatures = [
      "",
      "test-1",
      "test-1:",
      "test-1:AAAA",
      "test-1:***",
      ":",
      ...info.signatures,
    ];
    expect(verifySignatures({ ...info, signatures }, [key])).toEqual(["test-1"]);
    expect(verifySignatures({ ...info, signatures: signatures.slice(0, -1) }, [key])).toEqual([]);
  });
});

describe("keys", () => {
  test("have a name and 32 bytes", () => {
    expect(key.name).toBe("test-1");
    expect(key.bytes).toHaveLength(32);
    expect(() => parsePublicKey(`a:${Buffer.alloc(33).toString("base64")}`)).toThrow(
      "33 bytes instead of 32",
    );
    expect(() => parsePublicKey(`a:${Buffer.alloc(31).toString("base64")}`)).toThrow(
      "31 bytes instead of 32",
    );
    for (const text of [
      "",
      "name",
      ":jBca7uicyAOaf8tW81VTlUA+96WY3qQQSnAF9+WQbUM=",
      `${publicKey} `,
    ]) {
      expect(() => parsePublicKey(text)).toThrow(/is not/);
    }
  });

  test("make signatures of 64 bytes", () => {
    const signature = parseSignature(info.signatures[0] ?? "");
    expect(signature.keyName).toBe("test-1");
    expect(signature.bytes).toHaveLength(64);
    expect(() => parseSignature(publicKey)).toThrow("32 bytes instead of 64");
  });
});
