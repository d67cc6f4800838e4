import { chmod } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import { type FindingId, findingKinds } from "../../src/findings/catalogue.ts";
import { readEvents } from "./events.ts";
import { preflightDisks } from "./preflight-disks.ts";
import { outcomeOf } from "./process.ts";
import { scratchDirectory } from "./scratch.ts";

const main = join(import.meta.dir, "..", "..", "src", "main.ts");

/** The live system on which the installer is tried. */
export interface LiveOptions {
  /** The firmware that the installer sees; this machine has none, so a BIOS unless given. */
  readonly uefiBits?: 32 | 64;
  /** Whether uname(2) tells of a Linux 2.6, as setarch(8) has it. */
  readonly isOldKernel?: boolean;
  /** Whether it has a network namespace of its own, in which nothing is up. */
  readonly isCutOff?: boolean;
  /** The disks that it has, of those of {@link preflightDisks}. */
  readonly disks?: readonly string[];
  /** Names in the manner of a disk of hardware that disks have with it: `{ main: "sdy" }`. */
  readonly diskNames?: Readonly<Record<string, string>>;
  /**
   * Shell script that makes it another one, run in the installer's mount namespace: `$ROOT` is where the target would be
   * mounted, `$SCRATCH` a directory for whatever is needed, `$MAIN` and the like are the disks.
   */
  readonly before?: string;
}

/** What came of an installer. */
interface PreflightRun {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** What was found, each kind once, sorted: as a refused install tells it, or as a plan has it. */
  readonly findings: readonly string[];
  /** Whether every byte of every disk is what it was. */
  readonly isUntouched: boolean;
}

/** Disks that hold something, and may be wiped: `/dev/disk/by-id/landfall-NAME`. */
export interface PreflightMachine extends AsyncDisposable {
  /** Runs `installer` with arguments behind `--manifest FILE --root DIR`; a plan as JSON. */
  run(command: "install" | "plan", manifest: string, options?: LiveOptions): Promise<PreflightRun>;
}

/**
 * What the installer is started in: links to the disks, of this process's own, and the files by which firmware is told.
 * Other disks, which belong to this machine and to other tests, are out of sight. A disk with another name is the same
 * device with another node and another place in sysfs.
 */
const script = `
  mount --make-rprivate /
  mkdir -p /dev/disk
  mkdir "$SCRATCH/dev"
  mount -t tmpfs tmpfs "$SCRATCH/dev"
  cp -ax /dev/. "$SCRATCH/dev"
  mount -t tmpfs tmpfs /dev/disk
  mkdir /dev/disk/by-id
  mount -t tmpfs tmpfs /sys/block
  for disk in $DISKS; do
    IFS== read -r name device node <<END
$disk
END
    real="/sys/devices/virtual/block/\${device#/dev/}"
    ln -s "$node" "/dev/disk/by-id/landfall-$name"
    for partition in "$device"p*; do
      [ ! -b "$partition" ] || ln -s "$partition" "/dev/disk/by-id/landfall-$name-part\${partition##*p}"
    done
    if [ "$node" = "$device" ]; then
      ln -s "$real" /sys/block/
      continue
    fi
    [ -n "\${classes-}" ] || mount -t tmpfs tmpfs /sys/class/block
    classes=1
    mkdir "/sys/class/block/\${node#/dev/}"
    ln -s "$real"/* "/sys/class/block/\${node#/dev/}/"
    rm "/sys/class/block/\${node#/dev/}/uevent"
    sed "s,^DEVNAME=.*,DEVNAME=\${node#/dev/}," "$real/uevent" > "/sys/class/block/\${node#/dev/}/uevent"
    ln -s "/sys/class/block/\${node#/dev/}" /sys/block/
    cp -a "$device" "$SCRATCH/dev/\${node#/dev/}"
  done
  mount --move /dev/disk "$SCRATCH/dev/disk"
  mount --rbind "$SCRATCH/dev" /dev
  mount -t tmpfs tmpfs /sys/firmware
  if [ -n "$UEFI" ]; then
    mkdir -p /sys/firmware/efi/efivars
    echo "$UEFI" > /sys/firmware/efi/fw_platform_size
  fi
  eval "$BEFORE"
  # Whoever starts the tests at a terminal is not asked for anything.
  exec setsid --wait setpriv --pdeathsig KILL "$@"`;

const toldFinding = v.object({ id: v.string() });

/** An error or a warning as programs read it, with what was found. */
const tellingEvent = v.object({
  error: v.optional(v.object({ findings: v.optional(v.array(toldFinding), []) })),
  finding: v.optional(toldFinding),
});

const plannedFindings = v.object({ findings: v.array(toldFinding) });

/** The findings in the events of an install, or in a plan; none where there is no plan. */
function findingsIn(command: "install" | "plan", stdout: string): string[] {
  const found =
    command === "plan"
      ? v.parse(plannedFindings, stdout === "" ? { findings: [] } : JSON.parse(stdout)).findings
      : readEvents(stdout)
          .map((event) => v.parse(tellingEvent, event))
          .flatMap(({ error, finding }) => [error?.findings ?? [], finding ?? []].flat());
  return [...new Set(found.map(({ id }) => id))].toSorted();
}

/** Whether an install with these findings is refused, however many others it has. */
export function isRefused(findings: readonly FindingId[]): boolean {
  return findings.some((id) => findingKinds[id].severity === "error");
}

/** Attaches the disks of a machine on which the installer can be tried. */
export async function preflightMachine(): Promise<PreflightMachine> {
  await using stack = new AsyncDisposableStack();
  const machine = stack.use(await preflightDisks());
  const held = stack.move();
  return {
    run: async (command, manifest, options = {}) => {
      const { uefiBits, isOldKernel = false, isCutOff = false, before = "" } = options;
      const { disks = ["main", "second", "foreign"], diskNames = {} } = options;
      await using scratch = await scratchDirectory("preflight");
      // The installer mounts below it, and wants others to be able to look there.
      await chmod(scratch.path, 0o755);
      const inside = (name: string) => join(scratch.path, name);
      await Bun.write(inside("host.toml"), manifest);
      const paths = [...machine.disks].map(([name, { path }]) => [name, path] as const);
      const shown = paths
        .filter(([name]) => disks.includes(name))
        .map(
          ([name, path]) =>
            `${name}=${path}=${name in diskNames ? `/dev/${diskNames[name]}` : path}`,
        );
      const common = ["--manifest", inside("host.toml"), "--root", inside("root")];
      const argv = [
        ...(isOldKernel ? ["setarch", "--uname-2.6"] : []),
        process.execPath,
        main,
        ...(command === "plan"
          ? ["plan", ...common, "--format", "json"]
          : [...common, "--log-file", inside("log"), "--log-format", "json"]),
      ];
      const namespaces = ["--mount", ...(isCutOff ? ["--net"] : [])];
      const child = Bun.spawn(["unshare", ...namespaces, "sh", "-euc", script, "sh", ...argv], {
        env: {
          PATH: process.env.PATH ?? "",
          DISKS: shown.join(" "),
          UEFI: String(uefiBits ?? ""),
          BEFORE: before,
          LANDFALL_PASSPHRASE: "a passphrase",
          ROOT: inside("root"),
          SCRATCH: scratch.path,
          ...Object.fromEntries(paths.map(([name, path]) => [name.toUpperCase(), path])),
        },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      });
      const { stdout, stderr, exitCode } = await outcomeOf(child);
      await machine.makeWritable();
      const isUntouched = await machine.areUntouched();
      return { exitCode, stdout, stderr, findings: findingsIn(command, stdout), isUntouched };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}
