import { existsSync, realpathSync } from "node:fs";
import { mkdir, readdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import { errorMessage, InstallerError } from "../../errors.ts";
import { retry } from "../../http/retry.ts";
import { retryLogger } from "../../http/retry-log.ts";
import { httpSettings } from "../../http/settings.ts";
import { parseRegistration } from "../../nix/registration.ts";
import type { StepContext } from "../../run/step.ts";
import { checkArchitecture } from "./architecture.ts";
import { incomplete } from "./layout.ts";
import { portableEnvironment, portableProfile, portableProgram } from "./nix.ts";
import { compareNames, namesInDatabase, namesInRegistration } from "./registered-paths.ts";
import { tarballOpener } from "./tarball-source.ts";
import { type UnpackedStore, unpackTarball } from "./unpack.ts";

const nixDirectory = "/nix";
const databasePath = `${nixDirectory}/var/nix/db/db.sqlite`;

/** What a portable store is made from. */
export interface Tarball {
  /** A path, an http(s) URL, or `-` for standard input. */
  readonly tarball: string;
  readonly sha256?: string;
  /** What it must be for, such as `x86_64-linux`. */
  readonly system: string;
}

const versionCommand = [portableProgram("nix-store"), "--version"];

/** Without a hash for the whole tarball, the contents are compared with the hashes that came with them. */
function verifyCommand({ sha256 }: Pick<Tarball, "sha256">): string[] {
  const contents = sha256 === undefined ? ["--check-contents"] : [];
  return [portableProgram("nix-store"), "--verify", ...contents];
}

/**
 * The commands that {@link fillPortableStore} runs whatever is in the tarball; between them Nix registers the paths of
 * one that has no database. Pure.
 */
export function checkCommands(tarball: Pick<Tarball, "sha256">): string[][] {
  return [versionCommand, verifyCommand(tarball)];
}

/**
 * Fills `/nix`, where something of our own is mounted, from a tarball, has the Nix in it register its paths, and proves
 * that this Nix runs and agrees with what it finds.
 *
 * @throws {InstallerError} `refused`, `cache` or `integrity`; what was written stays until it is unmounted.
 */
export async function fillPortableStore(tarball: Tarball, context: StepContext): Promise<void> {
  const store = await unpackWithRetries(tarball, context);
  const registered = store.database
    ? namesInDatabase(databasePath)
    : namesInRegistration(store.registration ?? "");
  compareNames(store, registered);
  const nix = findNix(store.names);
  await linkProfile(nix);
  await checkArchitecture(realpathSync(portableProgram("nix-store")), tarball.system);
  await checkThatItRuns(nix, context);
  if (!store.database) await register(store.registration ?? "", context);
  await verify(tarball, context);
  context.log("debug", `portable store: ${store.names.length} store paths, ${nix}`);
}

/** Where a server cannot go on in the middle, everything begins anew, with nothing left of the attempt before. */
function unpackWithRetries(
  { tarball, sha256, system }: Tarball,
  context: StepContext,
): Promise<UnpackedStore> {
  const { signal } = context;
  const settings = httpSettings();
  const onRetry = retryLogger(context.log, settings);
  const open = tarballOpener(tarball, { signal, onRetry });
  const attempt = async () => {
    for (const name of await readdir(nixDirectory)) {
      await rm(join(nixDirectory, name), { recursive: true });
    }
    const source = await open();
    return await unpackTarball({
      bytes: source.bytes,
      directory: nixDirectory,
      system,
      ...(sha256 === undefined ? {} : { sha256 }),
      signal,
      onProgress: (done) =>
        context.progress({
          done,
          ...(source.size === undefined ? {} : { total: source.size }),
          unit: "bytes",
        }),
    });
  };
  return retry(attempt, settings, signal, onRetry);
}

/** The store path of Nix: the one named so, or in a closure put together by hand the first that has its programs. */
function findNix(names: readonly string[]): string {
  const paths = names.toSorted().map((name) => `${nixDirectory}/store/${name}`);
  const withNix = paths.filter((path) => existsSync(`${path}/bin/nix-store`));
  const nix = withNix.find((path) => /^.{32}-nix-\d[^-]*$/.test(path.slice(11))) ?? withNix[0];
  if (nix === undefined) throw incomplete("none of its store paths has bin/nix-store");
  return nix;
}

async function linkProfile(nix: string): Promise<void> {
  await mkdir(dirname(portableProfile), { recursive: true });
  await symlink(nix, portableProfile);
}

async function checkThatItRuns(nix: string, context: StepContext): Promise<void> {
  try {
    await context.exec(versionCommand, {
      environment: portableEnvironment,
    });
  } catch (cause) {
    context.signal.throwIfAborted();
    throw new InstallerError(
      "refused",
      `the portable store's Nix does not run on this machine: ${errorMessage(cause)}`,
      { cause, object: nix, hint: "Use Nix's own binary tarball for this machine." },
    );
  }
}

/** Registrations made for `--register-validity` have no hashes; Nix then computes them. */
async function register(registration: string, context: StepContext): Promise<void> {
  const hashed = parseRegistration(registration).every(({ narHash }) => narHash !== undefined);
  await context.exec([portableProgram("nix-store"), hashed ? "--load-db" : "--register-validity"], {
    environment: portableEnvironment,
    input: registration,
    reason: "integrity",
  });
}

async function verify(tarball: Tarball, context: StepContext): Promise<void> {
  await context.exec(verifyCommand(tarball), {
    environment: portableEnvironment,
    reason: "integrity",
    object: "portable-store.tarball",
  });
}
