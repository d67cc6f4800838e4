import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { zstdCompressSync } from "node:zlib";
import { encodeNix32 } from "../../../src/nix/base32.ts";
import { nar, narFile } from "../../support/nar.ts";
import { asked, at, FaultyCaches } from "./faults.ts";

setDefaultTimeout(60_000);

let caches: FaultyCaches;

beforeAll(async () => {
  caches = await FaultyCaches.make();
}, 120_000);

function sha256(bytes: Uint8Array): string {
  return encodeNix32(createHash("sha256").update(bytes).digest());
}

const otherKey = `other-1:${Buffer.alloc(32, 7).toString("base64")}`;
const otherHash = `sha256:${"0".repeat(51)}1`;

test("a path that is not signed is refused", async () => {
  const body = await caches.changedNarInfo([/^Sig: .*\n/m, ""]);
  const { error } = await caches.fails([at(caches.narInfo, { body })]);
  expect(error).toMatchObject({ reason: "integrity", object: caches.library });
  expect(error.message).toMatch(
    new RegExp(
      `^${caches.library}, which .* refers to, cannot be had:\n  http://.*/ has it, but it is not signed \\(trusted are test-1\\)$`,
    ),
  );
  expect(error.hint).toContain("trusted-public-keys");
});

test("a path signed by an unknown key is refused", async () => {
  const { error } = await caches.fails([() => undefined], { trustedPublicKeys: [otherKey] });
  expect(error.reason).toBe("integrity");
  expect(error.message).toContain("has it, but it is signed only by test-1 (trusted are other-1)");
});

test("no trusted key at all is said, too", async () => {
  const { error } = await caches.fails([() => undefined], { trustedPublicKeys: [] });
  expect(error.message).toContain("has it, but it is signed only by test-1 (no key is trusted)");
});

test("a key of the right name that is another one is refused", async () => {
  const { error } = await caches.fails([() => undefined], {
    trustedPublicKeys: [otherKey.replace("other-1", "test-1")],
  });
  expect(error.reason).toBe("integrity");
  expect(error.message).toContain("has it, but the signature by test-1 is wrong");
});

test.each([
  ["signature", /(?<=^Sig: test-1:)./m, (first: string) => (first === "A" ? "B" : "A")],
  ["NAR hash", /^NarHash: .*/m, `NarHash: ${otherHash}`],
  ["NAR size", /^NarSize: .*/m, "NarSize: 13000000"],
  ["list of references", /^References: .*/m, "References: 00000000000000000000000000000000-evil"],
] as const)("a %s that was tampered with is refused", async (_what, pattern, replacement) => {
  const body = await caches.changedNarInfo([pattern, replacement]);
  const outcome = await caches.fails([at(caches.narInfo, { body })]);
  expect(outcome.error.reason).toBe("integrity");
  expect(outcome.error.message).toContain("has it, but the signature by test-1 is wrong");
  expect(asked(outcome, caches.narInfo)).toBe(1);
  expect(asked(outcome, caches.nar)).toBe(0);
});

test("without required signatures an unsigned path is taken", async () => {
  const body = await caches.changedNarInfo([/^Sig: .*\n/m, ""]);
  const outcome = await caches.survives([at(caches.narInfo, { body })], {
    requireSignatures: false,
    trustedPublicKeys: [],
  });
  expect(asked(outcome, caches.nar)).toBe(1);
});

test("the narinfo of another path is refused", async () => {
  const body = await caches.file(
    `/${caches.fixture.toplevel.slice("/nix/store/".length).slice(0, 32)}.narinfo`,
  );
  const { error } = await caches.fails([at(caches.narInfo, { body })]);
  expect(error.reason).toBe("integrity");
  expect(error.message).toContain(`sent the narinfo of ${caches.fixture.toplevel}`);
});

test("a malformed narinfo is refused with what is wrong about it", async () => {
  const body = await caches.changedNarInfo([/^NarSize: .*/m, "NarSize: many"]);
  const { error } = await caches.fails([at(caches.narInfo, { body })]);
  expect(error.reason).toBe("integrity");
  expect(error.message).toContain("NarSize is malformed");
});

test("a web page in the place of a narinfo is recognised", async () => {
  const page = {
    body: "<!DOCTYPE html><title>Login</title>",
    headers: { "content-type": "text/html" },
  };
  const { error } = await caches.fails([at(caches.narInfo, page)]);
  expect(error.reason).toBe("cache");
  expect(error.message).toContain("sent a web page instead of a narinfo");
});

test("a narinfo that the server says is a web page is taken", async () => {
  const headers = { "content-type": "text/html" };
  const outcome = await caches.survives([at(caches.narInfo, { headers })]);
  expect(asked(outcome, caches.narInfo)).toBe(1);
});

test("a web page in the place of nix-cache-info is recognised", async () => {
  const page = { body: "<!DOCTYPE html><title>Login</title>" };
  const { error } = await caches.fails([at("/nix-cache-info", page)]);
  expect(error.reason).toBe("cache");
  expect(error.message).toContain("is no binary cache");
});

test("a web page in the place of a NAR is refused", async () => {
  const page = {
    body: "<!DOCTYPE html><title>Login</title>",
    headers: { "content-type": "text/html" },
  };
  const outcome = await caches.fails([at(caches.nar, page)]);
  expect(outcome.error).toMatchObject({ reason: "integrity", object: caches.library });
  expect(outcome.error.message).toMatch(
    /has 35 bytes, its narinfo says \d+ \(the server says it is a web page\)/,
  );
  expect(asked(outcome, caches.nar)).toBe(1);
});

test("a file of the right size that is another one is refused", async () => {
  const body = await caches.file(caches.nar);
  const last = body.length - 5;
  body[last] = (body[last] ?? 0) ^ 1;
  const outcome = await caches.fails([at(caches.nar, { body })]);
  expect(outcome.error).toMatchObject({ reason: "integrity", object: caches.library });
  expect(asked(outcome, caches.nar)).toBe(1);
});

test("a file that does not have the file hash is refused", async () => {
  // The file hash is not signed: who serves the narinfo can put in anything.
  const body = await caches.changedNarInfo([/^FileHash: .*/m, `FileHash: ${otherHash}`]);
  const { error } = await caches.fails([at(caches.narInfo, { body })]);
  expect(error.reason).toBe("integrity");
  expect(error.message).toMatch(/has the file hash sha256:\w+, its narinfo says sha256:0+1$/m);
});

test("a file hash may be of another algorithm than SHA-256", async () => {
  const digest = createHash("sha512")
    .update(await caches.file(caches.nar))
    .digest("hex");
  const right = await caches.changedNarInfo([/^FileHash: .*/m, `FileHash: sha512:${digest}`]);
  await caches.survives([at(caches.narInfo, { body: right })]);
  const wrong = right
    .replace(/^FileHash: sha512:./m, "FileHash: sha512:_")
    .replace("_", digest.startsWith("0") ? "1" : "0");
  const { error } = await caches.fails([at(caches.narInfo, { body: wrong })]);
  expect(error.message).toContain("has the file hash sha512:");
});

test("a file that does not have the file size is refused", async () => {
  const body = await caches.changedNarInfo([/^FileSize: .*/m, "FileSize: 1000"]);
  const { error } = await caches.fails([at(caches.narInfo, { body })]);
  expect(error.reason).toBe("integrity");
  expect(error.message).toMatch(/has \d+ bytes, its narinfo says 1000$/m);
});

test("a file size beyond what the NAR can come to does not let in more than that", async () => {
  // The file size is not signed, and what is small is received into memory before it is checked.
  const { path, text } = await contentAddressed("text");
  const narPath = `/${/^URL: (.*)$/m.exec(text)?.[1]}`;
  const body = text.replace(/^FileSize: .*/m, "FileSize: 99999999999");
  const outcome = await caches.fails(
    [(request) => at(path, { body })(request) ?? at(narPath, { endless: true })(request)],
    { libraryIsSound: true },
  );
  expect(outcome.error.reason).toBe("integrity");
  expect(outcome.error.message).toMatch(/is longer than the \d{5} bytes it may have$/m);
});

test.each(["99999999999", "NarSize"])(
  "the file size %s, which Nix ignores, too, does not matter",
  async (size) => {
    const text = (await caches.file(caches.narInfo)).toString();
    const narSize = /^NarSize: (.*)$/m.exec(text)?.[1];
    const body = text.replace(/^FileSize: .*/m, `FileSize: ${size === "NarSize" ? narSize : size}`);
    await caches.survives([at(caches.narInfo, { body })]);
  },
);

/** Serves another NAR than the signed one, with a file hash and size that fit it. */
async function substituted(contents: Buffer): Promise<ReturnType<FaultyCaches["fails"]>> {
  const body = zstdCompressSync(contents);
  const narInfo = await caches.changedNarInfo(
    [/^FileHash: .*/m, `FileHash: sha256:${sha256(body)}`],
    [/^FileSize: .*/m, `FileSize: ${body.length}`],
  );
  return caches.fails([
    (request) =>
      at(caches.narInfo, { body: narInfo })(request) ?? at(caches.nar, { body })(request),
  ]);
}

/** The narinfo of a content-addressed path of the fixture, which nobody signed. */
async function contentAddressed(name: string): Promise<{ path: string; text: string }> {
  const files = Array.from(new Bun.Glob("*.narinfo").scanSync({ cwd: caches.fixture.caches.zstd }));
  for (const file of files) {
    const text = (await caches.file(`/${file}`)).toString();
    const isIt = new RegExp(`^StorePath: .*-${name}$`, "m").test(text);
    if (isIt && /^CA: /m.test(text)) return { path: `/${file}`, text };
  }
  throw new Error(`the fixture has no content-addressed ${name}`);
}

test("other contents of a content-addressed text are refused, although its path is right", async () => {
  const bytes = nar(narFile("evil"));
  const body = zstdCompressSync(bytes);
  const { path, text } = await contentAddressed("text");
  const narInfo = text
    .replace(/^NarHash: .*/m, `NarHash: sha256:${sha256(bytes)}`)
    .replace(/^NarSize: .*/m, `NarSize: ${bytes.length}`)
    .replace(/^FileHash: .*/m, `FileHash: sha256:${sha256(body)}`)
    .replace(/^FileSize: .*/m, `FileSize: ${body.length}`)
    .replace(/^URL: .*/m, "URL: nar/evil");
  const { error } = await caches.fails(
    [(request) => at(path, { body: narInfo })(request) ?? at("/nar/evil", { body })(request)],
    { libraryIsSound: true },
  );
  expect(error.reason).toBe("integrity");
  expect(error.message).toContain("the contents have the hash");
});

test("a content-addressed tree with another NAR hash needs a signature", async () => {
  const { path, text } = await contentAddressed("source");
  const body = text.replace(/^NarHash: .*/m, `NarHash: ${otherHash}`);
  const { error } = await caches.fails([at(path, { body })]);
  expect(error.reason).toBe("integrity");
  expect(error.message).toContain("has it, but it is not signed");
});

test("another NAR than the signed one is refused", async () => {
  const size = Number(/^NarSize: (\d+)/m.exec((await caches.file(caches.narInfo)).toString())?.[1]);
  const empty = nar(narFile("")).length;
  const { error } = await substituted(nar(narFile(Buffer.alloc(size - empty))));
  expect(error.reason).toBe("integrity");
  expect(error.message).toMatch(/has the NAR hash sha256:\w+, its narinfo says sha256:\w+$/m);
});

test("a NAR that is smaller than the signed one is refused", async () => {
  const { error } = await substituted(nar(narFile("small")));
  expect(error.reason).toBe("integrity");
  expect(error.message).toMatch(/holds \d+ bytes instead of \d+$/m);
});

test("a NAR that is larger than the signed one is refused before it is unpacked whole", async () => {
  const { error } = await substituted(nar(narFile(Buffer.alloc(100_000_000))));
  expect(error.reason).toBe("integrity");
  expect(error.message).toMatch(/holds more than the \d+ bytes it should$/m);
});

test("what is no NAR at all is refused", async () => {
  const { error } = await substituted(Buffer.from("no NAR"));
  expect(error.reason).toBe("integrity");
  expect(error.message).toContain("is no NAR");
});
