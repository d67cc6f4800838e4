import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { spawnBound } from "../../../support/process.ts";
import { scratchDirectory } from "../../../support/scratch.ts";
import type { SshServer } from "../../../support/ssh-server.ts";
import type { ClosureFixture } from "../closure-fixture.ts";

const installer = join(import.meta.dir, "../../../../dist/installer");

/** What a pull from stores is told. */
export interface StoreManifest {
  readonly fixture: ClosureFixture;
  readonly substituters: readonly string[];
  readonly tarball: string;
  readonly publicKey?: string;
  /** Further lines of the table `[cache]`. */
  readonly cache?: string;
  /** Further tables. */
  readonly tables?: string;
  /** `allow` of the manifest. */
  readonly allow?: readonly string[];
}

/** An empty directory with a manifest beside it. */
export interface StoreTarget extends AsyncDisposable {
  readonly root: string;
  /**
   * Runs a command of the compiled installer with the manifest.
   *
   * @param prefix Put in front of the command line.
   */
  readonly run: (
    command: "pull" | "plan",
    environment?: Readonly<Record<string, string>>,
    prefix?: readonly string[],
  ) => Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
  /** Starts `installer pull`. */
  readonly start: (environment?: Readonly<Record<string, string>>) => ReturnType<typeof spawnBound>;
  readonly log: () => Promise<string>;
}

export async function storeTarget(manifest: StoreManifest): Promise<StoreTarget> {
  const { fixture, publicKey = fixture.publicKey } = manifest;
  const scratch = await scratchDirectory("store");
  await chmod(scratch.path, 0o755);
  const inside = (name: string) => join(scratch.path, name);
  await Bun.write(inside("root/.keep"), "");
  const text = `version = 1
${manifest.allow === undefined ? "" : `allow = ${JSON.stringify(manifest.allow)}\n`}
[system]
toplevel = "${fixture.toplevel}"

[cache]
substituters = ${JSON.stringify(manifest.substituters)}
trusted-public-keys = ["${publicKey}"]
${manifest.cache ?? ""}

[portable-store]
tarball = "${manifest.tarball}"
${manifest.tables ?? ""}`;
  await Bun.write(inside("host.toml"), text);
  const begin = (
    command: string,
    environment: Readonly<Record<string, string>> = {},
    prefix: readonly string[] = [],
  ) => {
    const words = [
      installer,
      command,
      `--manifest=${inside("host.toml")}`,
      `--root=${inside("root")}`,
      ...(command === "pull" ? [`--log-file=${inside("log")}`] : []),
    ];
    const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
    return spawnBound(["env", ...variables, ...prefix, ...words], scratch.path);
  };
  return {
    root: inside("root"),
    start: (environment) => begin("pull", environment),
    run: async (command, environment, prefix) => {
      const child = begin(command, environment, prefix);
      const [stdout, stderr] = await Promise.all([
        new Response(child.stdout).text(),
        new Response(child.stderr).text(),
      ]);
      return { exitCode: await child.exited, stdout, stderr };
    },
    log: () => Bun.file(inside("log")).text(),
    [Symbol.asyncDispose]: scratch[Symbol.asyncDispose],
  };
}

/** The address of a store behind sshd. */
export function sshStore(
  scheme: "ssh" | "ssh-ng",
  server: SshServer,
  store: string,
  settings = "",
): string {
  const query = `ssh-key=${server.key}&remote-store=${store}${settings}`;
  return `${scheme}://root@127.0.0.1:${server.port}?${query}`;
}
