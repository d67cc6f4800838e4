import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { InstallerError } from "../../../src/errors.ts";
import {
  maximumManifestSize,
  type ReadManifestOptions,
  readManifest,
} from "../../../src/manifest/source.ts";
import { faultServer } from "../../support/fault-server.ts";
import { serveDirectory } from "../../support/nginx.ts";
import { scratchDirectory } from "../../support/scratch.ts";

// A server that fails for a moment is asked again, with pauses.
setDefaultTimeout(60_000);

const text = "version = 1 # ü\n";
const sha256 = createHash("sha256").update(text).digest("hex");
const otherSha256 = "0".repeat(64);

/** Exit code and message of a refusal. */
async function refusal(source: string, options: ReadManifestOptions = {}): Promise<string> {
  try {
    await readManifest(source, options);
  } catch (error) {
    if (!(error instanceof InstallerError)) throw error;
    expect(error.hint).toBeString();
    return `${error.exitCode} ${error.message}`;
  }
  throw new Error(`${source} was read`);
}

/** Runs the reader in a process of its own. */
async function read(
  source: string,
  options: {
    readonly input?: string;
    readonly environment?: Readonly<Record<string, string>>;
  } = {},
): Promise<string> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "reader.ts"), source], {
    stdin: new Blob([options.input ?? ""]),
    stderr: "ignore",
    env: { PATH: process.env.PATH ?? "", ...options.environment },
  });
  return child.stdout.text();
}

/** Interrupts the reader while it waits for what never comes. */
async function interrupted(source: string): Promise<string> {
  const child = Bun.spawn([process.execPath, join(import.meta.dir, "reader.ts"), source], {
    stdin: "pipe",
    stderr: "pipe",
  });
  try {
    await child.stderr.getReader().read();
    child.kill("SIGTERM");
    return await child.stdout.text();
  } finally {
    child.kill("SIGKILL");
  }
}

describe("a file", () => {
  test("is read, with its hash checked if one is given", async () => {
    await using scratch = await scratchDirectory("manifest");
    const file = join(scratch.path, "host.toml");
    await Bun.write(file, text);
    expect(await readManifest(file)).toEqual({ file, text });
    expect(await readManifest(file, { sha256 })).toEqual({ file, text });
    expect(await refusal(file, { sha256: otherSha256 })).toBe(
      `7 the manifest ${file} has the SHA-256 hash ${sha256}, not ${otherSha256}`,
    );
    expect(await refusal(file, { sha256: "abc" })).toBe('2 "abc" is not a SHA-256 hash');
  });

  test("that cannot be read is refused", async () => {
    await using scratch = await scratchDirectory("manifest");
    const file = join(scratch.path, "host.toml");
    expect(await refusal(file)).toBe(`3 the manifest ${file} does not exist`);
    expect(await refusal(scratch.path)).toBe(`3 the manifest ${scratch.path} is a directory`);
    await Bun.write(file, new Uint8Array([0x61, 0xff, 0x0a]));
    expect(await refusal(file)).toBe(`3 the manifest ${file} is not UTF-8 text`);
  });

  test("may have 1 MiB and no byte more", async () => {
    await using scratch = await scratchDirectory("manifest");
    const file = join(scratch.path, "host.toml");
    await Bun.write(file, "#".repeat(maximumManifestSize));
    expect((await readManifest(file)).text).toHaveLength(maximumManifestSize);
    await Bun.write(file, "#".repeat(maximumManifestSize + 1));
    expect(await refusal(file)).toBe(`3 the manifest ${file} is larger than 1 MiB`);
    expect(await refusal("/dev/zero")).toBe("3 the manifest /dev/zero is larger than 1 MiB");
  });

  test("is no longer read when the run is interrupted", async () => {
    const signal = AbortSignal.abort(new InstallerError("interrupted", "interrupted by SIGINT"));
    expect(await readManifest("/dev/zero", { signal }).catch(String)).toContain("SIGINT");
  });
});

test("standard input is read to its end", async () => {
  expect(JSON.parse(await read("-", { input: text }))).toEqual({ file: "-", text });
});

describe("what nothing comes from is no longer read when the run is interrupted:", () => {
  test("standard input", async () => {
    expect(await interrupted("-")).toBe("Error: interrupted by SIGTERM");
  });

  test("a named pipe", async () => {
    await using scratch = await scratchDirectory("manifest");
    const pipe = join(scratch.path, "pipe");
    expect(Bun.spawnSync(["mkfifo", pipe]).exitCode).toBe(0);
    expect(await interrupted(pipe)).toBe("Error: interrupted by SIGTERM");
  });
});

describe("a URL", () => {
  test("is fetched over plain http only if the hash is known", async () => {
    await using scratch = await scratchDirectory("manifest");
    await Bun.write(join(scratch.path, "host.toml"), text);
    await using server = await serveDirectory(scratch.path);
    const url = `${server.url()}/host.toml`;
    expect(await refusal(url)).toBe(
      `2 the manifest would come over plain http from 127.0.0.1:${server.port}`,
    );
    expect(await server.accessLog()).toEqual([]);
    expect(await readManifest(url, { sha256 })).toEqual({ file: url, text });
    const withPassword = url.replace("http://", "http://user:secret@");
    const { file } = await readManifest(withPassword, { sha256 });
    expect(file).toBe(url);
    expect(await refusal(url, { sha256: otherSha256 })).toStartWith("7 ");
    expect(await refusal("ftp://example.org/x", { sha256 })).toStartWith("2 ");
  });

  test("that the server does not deliver is refused", async () => {
    await using scratch = await scratchDirectory("manifest");
    await Bun.write(join(scratch.path, "large"), "#".repeat(maximumManifestSize + 1));
    await using server = await serveDirectory(scratch.path, {
      server: `
        location = /503 { return 503; }
        location = /away { return 302 /host.toml; }
        location = /circle { return 302 /circle; }
        location = /ftp { return 302 ftp://example.org/; }`,
    });
    const fetch = (path: string) => refusal(`${server.url()}${path}`, { sha256 });
    expect(await fetch("/none")).toBe(
      `6 the manifest cannot be downloaded: ${server.url()}/none: answered 404 Not Found`,
    );
    expect(await fetch("/503")).toContain("answered 503");
    expect(await fetch("/away")).toBe(
      `6 the manifest cannot be downloaded: ${server.url()}/host.toml: answered 404 Not Found`,
    );
    expect(await fetch("/circle")).toContain("redirects more than 10 times");
    expect(await fetch("/ftp")).toContain("redirects to ftp://example.org/, which is not HTTP");
    expect(await fetch("/large")).toBe(`3 the manifest ${server.url()}/large is larger than 1 MiB`);
  });

  test("of no server is refused without showing its password", async () => {
    const error = await refusal("http://user:secret@127.0.0.1:1/host.toml", { sha256 });
    expect(error).toStartWith(
      "6 the manifest cannot be downloaded: http://127.0.0.1:1/host.toml: ",
    );
    expect(error).not.toContain("secret");
  });
});

describe("https", () => {
  test("is fetched, but not when it redirects to plain http, may be cut off or its certificate is not trusted", async () => {
    await using scratch = await scratchDirectory("manifest");
    await Bun.write(join(scratch.path, "host.toml"), text);
    // An address of this process alone, so that the port is free.
    const address = `127.${(process.pid >> 16) % 256}.${(process.pid >> 8) % 256}.${process.pid % 256}`;
    const certificate = join(scratch.path, "certificate.pem");
    const key = join(scratch.path, "key.pem");
    const made = Bun.spawnSync(
      [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
      ].concat(
        ["-subj", "/CN=landfall", "-addext", `subjectAltName=IP:${address}`],
        ["-keyout", key, "-out", certificate],
      ),
    );
    expect(made.exitCode, made.stderr.toString()).toBe(0);
    // What nginx gets of this it cannot tell from a whole file, and neither can whom it passes it on to.
    await using cutting = faultServer(scratch.path, () => ({
      withoutLength: true,
      cut: { after: 8, by: "close" },
    }));
    await using server = await serveDirectory(scratch.path, {
      http: `server {
        listen ${address}:8443 ssl;
        ssl_certificate ${certificate};
        ssl_certificate_key ${key};
        root ${scratch.path};
        location = /away { return 302 http://example.org/host.toml; }
        location /cut/ { proxy_pass ${cutting.url}/; chunked_transfer_encoding off; }
      }`,
    });
    const origin = `https://${address}:8443`;
    const environment = { NODE_EXTRA_CA_CERTS: certificate };
    const url = `${origin}/host.toml`;
    expect(JSON.parse(await read(url, { environment }))).toEqual({ file: url, text });
    expect(await read(`${origin}/away`, { environment })).toBe(
      `InstallerError: the manifest cannot be downloaded: ${origin}/away: redirects to http://example.org/host.toml, which is not encrypted`,
    );
    expect(await read(url)).toContain("DEPTH_ZERO_SELF_SIGNED_CERT");
    expect(await read(`${origin}/cut/host.toml`, { environment })).toBe(
      `InstallerError: the server does not say where the manifest ${origin}/cut/host.toml ends: it may be cut off`,
    );
    expect(await server.errorLog()).toEqual([]);
  });
});
