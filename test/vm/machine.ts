import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { buildDirectory } from "../support/scratch.ts";
import { BootedSystem } from "./booted-system.ts";
import type { ConsoleLine } from "./console.ts";
import { type ByteRange, type Disk, hashImage, makeDisk } from "./disks.ts";
import { liveImage } from "./live-image.ts";
import { agentCount, LiveSystem } from "./live-system.ts";
import { Qemu } from "./qemu.ts";
import {
  type DiskImage,
  emptyEfiVariables,
  enrolledEfiVariables,
  type QemuOptions,
} from "./qemu-options.ts";

/** What starts the boot loader. */
export type Firmware = "uefi" | "bios";

/** What a machine is made of. */
export interface MachineOptions {
  /** Lower case letters, digits and hyphens; its files are in `build/vm/NAME`. No two machines may share it. */
  readonly name: string;
  readonly firmware: Firmware;
  /**
   * Whether Secure Boot is on, for UEFI; otherwise it is in setup mode. The live system starts all the same: OVMF starts
   * a kernel that QEMU hands it also where its signature is not known (edk2, `X86QemuLoadImageLib`).
   */
  readonly secureBoot?: boolean;
  /** One of 4 GiB called `main` unless given. */
  readonly disks?: readonly Disk[];
  /** MiB, 2048 unless given. */
  readonly memory?: number;
  /** 2 unless given. */
  readonly cpus?: number;
  /** Called with each line of the console, of the live system as of the installed one. */
  readonly onConsoleLine?: (line: ConsoleLine, phase: Phase) => void;
}

/** What a machine is switched on for. */
export type Phase = "live" | "boot";

/** How a machine is switched on otherwise than it was made. */
export interface SwitchOnOptions {
  /** Names of disks that have been taken away. */
  readonly without?: readonly string[];
  /** The firmware, if it is to be another. */
  readonly firmware?: Firmware;
  /** MiB, if it is to be another amount. */
  readonly memory?: number;
}

/** How the live system is to come up. */
export interface LiveOptions extends SwitchOnOptions {
  /** Added to the kernel's command line; `landfall.udev=0` leaves udev out. */
  readonly kernelParameters?: readonly string[];
  /** Called with each line of the image's build, if it has to be built. */
  readonly onProgress?: (line: string) => void;
  /** Whether the live system lies in memory, as one that came over the network or was started with `toram`. */
  readonly inMemory?: boolean;
  /** Seconds until it must be ready, 180 unless given. */
  readonly timeout?: number;
}

/**
 * A machine that is switched off, with empty disks and, for UEFI, variables as they leave the factory. Disks and
 * variables last until it is disposed; the console's logs (`live.log`, `boot.log`, then `live-2.log`, …) stay.
 *
 * @example
 * ```ts
 * await using computer = await machine({ name: "uefi", firmware: "uefi" });
 * const live = await computer.live();
 * const { exitCode, output } = await live.install({ manifest });
 * await live.powerOff();
 * const booted = await computer.bootDisk();
 * await booted.console.expect(/login: /);
 * ```
 */
export async function machine(options: MachineOptions): Promise<Machine> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(options.name)) {
    throw new Error(`"${options.name}" cannot be the name of a machine`);
  }
  const directory = join(buildDirectory, "vm", options.name);
  await rm(directory, { recursive: true, force: true });
  await mkdir(directory, { recursive: true });
  const disks = new Map<string, DiskImage>();
  for (const disk of options.disks ?? [{ name: "main", size: 4096 }]) {
    disks.set(disk.name, await makeDisk(directory, disk));
  }
  const efiVariables = join(directory, "efi-variables.fd");
  await copyFile(
    options.secureBoot === true ? enrolledEfiVariables : emptyEfiVariables,
    efiVariables,
  );
  return new Machine(options, directory, disks, efiVariables);
}

/** See {@link machine}. */
export class Machine implements AsyncDisposable {
  /** Where its files are. */
  readonly directory: string;
  readonly #options: MachineOptions;
  readonly #disks: ReadonlyMap<string, DiskImage>;
  readonly #efiVariables: string;
  readonly #timesOn: Record<Phase, number> = { live: 0, boot: 0 };
  #running: Qemu | undefined;

  constructor(
    options: MachineOptions,
    directory: string,
    disks: ReadonlyMap<string, DiskImage>,
    efiVariables: string,
  ) {
    this.#options = options;
    this.directory = directory;
    this.#disks = disks;
    this.#efiVariables = efiVariables;
  }

  /** The file on the host that is the disk of that name. */
  imagePath(disk: string): string {
    return this.#image(disk).path;
  }

  /** SHA-256 of the disk of that name, or of a part of it, read on the host; not while the machine writes to it. */
  async hashDisk(disk: string, range?: ByteRange): Promise<string> {
    return await hashImage(this.#image(disk), range);
  }

  /**
   * Boots the live system.
   *
   * @throws DeadlineError with the console's last lines if it is not ready in time
   */
  async live(options: LiveOptions = {}): Promise<LiveSystem> {
    const image = await liveImage(options.onProgress);
    const kernelParameters = [
      ...(options.inMemory === true ? ["landfall.toram=1"] : []),
      ...(options.kernelParameters ?? []),
    ];
    const qemu = await this.#switchOn("live", options, {
      image,
      kernelParameters,
      agents: agentCount,
    });
    return await LiveSystem.ready(qemu, options.timeout ?? 180);
  }

  /** Boots from the machine's own disks, as its firmware finds them. */
  async bootDisk(options: SwitchOnOptions = {}): Promise<BootedSystem> {
    return new BootedSystem(await this.#switchOn("boot", options));
  }

  #image(disk: string): DiskImage {
    const image = this.#disks.get(disk);
    if (!image) throw new Error(`the machine ${this.#options.name} has no disk ${disk}`);
    return image;
  }

  async #switchOn(
    phase: Phase,
    { without = [], ...changed }: SwitchOnOptions,
    live?: QemuOptions["live"],
  ): Promise<Qemu> {
    if (this.#running?.isRunning) {
      throw new Error(`the machine ${this.#options.name} is still switched on`);
    }
    this.#timesOn[phase] += 1;
    const times = this.#timesOn[phase];
    const { name, cpus = 2, onConsoleLine } = this.#options;
    const { firmware, memory = 2048 } = { ...this.#options, ...changed };
    const absent = new Set(without.map((disk) => this.#image(disk)));
    this.#running = await Qemu.start({
      disks: [...this.#disks.values()].filter((image) => !absent.has(image)),
      ...(firmware === "uefi" && { efiVariables: this.#efiVariables }),
      ...(live && { live }),
      name,
      memory,
      cpus,
      directory: this.directory,
      logPath: join(this.directory, times === 1 ? `${phase}.log` : `${phase}-${times}.log`),
      onConsoleLine: (line) => onConsoleLine?.(line, phase),
    });
    return this.#running;
  }

  /** Switches it off and removes its disks and variables. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#running?.[Symbol.asyncDispose]();
    for (const { path } of this.#disks.values()) await rm(path, { force: true });
    await rm(this.#efiVariables, { force: true });
  }
}
