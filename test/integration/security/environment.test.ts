import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync } from "node:fs";
import { chmod, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { outcomeOf } from "../../support/process.ts";
import { scratchDirectory } from "../../support/scratch.ts";

/* What lies in the working directory, and what the environment names, does not run in the compiled installer. */

const installer = join(import.meta.dir, "..", "..", "..", "dist", "installer");

setDefaultTimeout(60_000);

/** A directory full of what Bun, Node or a shell would run or obey, and the file that it would leave. */
async function hostileDirectory() {
  const scratch = await scratchDirectory("hostile");
  const inside = (name: string) => join(scratch.path, name);
  const trace = inside("trace");
  const code = `require("node:fs").writeFileSync(${JSON.stringify(trace)}, "");\n`;
  await Bun.write(inside("evil.js"), code);
  await Bun.write(
    inside(".env"),
    "http_proxy=http://127.0.0.1:1\nHTTP_PROXY=http://127.0.0.1:1\nBUN_OPTIONS=--preload=./evil.js\n",
  );
  await Bun.write(inside("bunfig.toml"), 'preload = ["./evil.js"]\n');
  await Bun.write(
    inside("package.json"),
    '{ "imports": { "#x": "./evil.js" }, "type": "commonjs" }',
  );
  await Bun.write(
    inside("tsconfig.json"),
    '{ "compilerOptions": { "paths": { "*": ["./evil.js"] } } }',
  );
  for (const module of ["consola", "execa", "citty", "node-liblzma", "valibot"]) {
    await Bun.write(inside(`node_modules/${module}/index.js`), code);
  }
  for (const program of [
    "wipefs",
    "sfdisk",
    "lsblk",
    "udevadm",
    "lvm",
    "losetup",
    "modprobe",
    "sh",
  ]) {
    await Bun.write(inside(program), `#!/bin/sh\n: > '${trace}'\n`);
    await chmod(inside(program), 0o755);
  }
  return { inside, trace, [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose]() };
}

function start(
  argv: readonly string[],
  cwd: string,
  environment: Readonly<Record<string, string>>,
) {
  return Bun.spawn([installer, ...argv], {
    cwd,
    env: { ...environment },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

const path = "/usr/sbin:/usr/bin:/sbin:/bin";

test.each<[string, Record<string, string>]>([
  ["a plain environment", { PATH: path }],
  ["a PATH that leads to the working directory", { PATH: `.::bin:${path}` }],
  [
    "options for Node",
    { PATH: path, NODE_OPTIONS: "--require ./evil.js", NODE_PATH: "node_modules" },
  ],
  ["a home in the working directory", { PATH: path, HOME: ".", XDG_CONFIG_HOME: "." }],
  ["another configuration of Bun", { PATH: path, BUN_CONFIG_FILE: "bunfig.toml" }],
])("nothing of a hostile working directory runs with %s", async (_, environment) => {
  await using directory = await hostileDirectory();
  await mkdir(directory.inside("bin"));
  const ended = await outcomeOf(start(["facts"], directory.inside("."), environment));
  expect(ended).toMatchObject({ exitCode: 0, stderr: "" });
  expect(ended.stdout).toContain("live system");
  expect(existsSync(directory.trace)).toBe(false);
});

test("variables of an .env file are not those of the installer", async () => {
  await using directory = await hostileDirectory();
  const text = "version = 2\n";
  using server = Bun.serve({ port: 0, fetch: () => new Response(text) });
  const sha256 = new Bun.CryptoHasher("sha256").update(text).digest("hex");
  const address = `http://127.0.0.1:${server.port}/host.toml`;
  const argv = ["check", "--manifest", address, "--manifest-sha256", sha256];
  const ended = await outcomeOf(start(argv, directory.inside("."), { PATH: path }));
  // It got there without the proxy that nobody listens at.
  expect(ended.stderr).toContain("version = 2");
});

test("a program that the installer runs gets nothing of its environment", async () => {
  await using directory = await hostileDirectory();
  await mkdir(directory.inside("bin"));
  const seen = directory.inside("seen");
  await Bun.write(
    directory.inside("bin/wipefs"),
    `#!/bin/sh\n(env; ulimit -c; umask) > '${seen}'\nexec ${Bun.which("wipefs", { PATH: path })} "$@"\n`,
  );
  await chmod(directory.inside("bin/wipefs"), 0o755);
  const environment = { PATH: `${directory.inside("bin")}:${path}`, SECRET: "hunter2", IFS: "x" };
  const child = Bun.spawn(
    ["sh", "-c", 'ulimit -c unlimited; umask 0; exec "$@"', "sh", installer, "facts"],
    { env: environment, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  expect(await outcomeOf(child)).toMatchObject({ exitCode: 0 });
  const lines = (await Bun.file(seen).text()).split("\n");
  expect(lines.some((line) => line.includes("hunter2"))).toBe(false);
  // No core file of a program that was given a passphrase, and no file that everybody may write.
  expect(lines.slice(-3)).toEqual(["0", "0022", ""]);
});

test("a crash leaves no core file, though whoever started the installer wants one", async () => {
  await using scratch = await scratchDirectory("core");
  await using child = Bun.spawn(
    ["sh", "-c", 'ulimit -c unlimited; exec "$@"', "sh", installer, "check", "--manifest", "-"],
    { cwd: scratch.path, stdin: "pipe", stdout: "ignore", stderr: "ignore" },
  );
  const limits = () => Bun.file(`/proc/${child.pid}/limits`).text();
  // Until it has come to its first line: the shell before it has no such limit.
  while (!/^Max core file size +0 +0 /m.test(await limits())) await Bun.sleep(10);
  child.kill("SIGSEGV");
  await child.exited;
  expect(child.signalCode).not.toBeNull();
  expect(await readdir(scratch.path)).toEqual([]);
});
