import { copyFile, mkdir, rm, truncate } from "node:fs/promises";
import { join } from "node:path";
import { buildDirectory } from "../support/scratch.ts";
import { BootedSystem } from "./booted-system.ts";
import type { ConsoleLine } from "./console.ts";
import { liveImage } from "./live-image.ts";
import { agentCount, LiveSystem } from "./live-system.ts";
import { Qemu } from "./qemu.ts";
import { type DiskImage, emptyEfiVariables, type QemuOptions } from "./qemu-options.ts";

/** A disk of the machine, empty at first. */
interface Disk {
  /** The guest finds it as `/dev/disk/by-id/virtio-landfall-NAME`; at most 11 letters, digits and hyphens. */
  readonly name: string;
  /** MiB; on the host only what is written takes room. */
  readonly size: number;
}

/** What a machine is made of. */
export interface MachineOptions {
  /** Lower case letters, digits and hyphens; its files are in `build/vm/NAME`. No two machines may share it. */
  readonly name: string;
  readonly firmware: "uefi" | "bios";
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

/** How the live system is to come up. */
export interface LiveOptions {
  /** Added to the kernel's command line; `landfall.udev=0` leaves udev out. */
  readonly kernelParameters?: readonly string[];
  /** Called with each line of the image's build, if it has to be built. */
  readonly onProgress?: (line: string) => void;
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
  const disks: DiskImage[] = [];
  for (const { name, size } of options.disks ?? [{ name: "main", size: 4096 }]) {
    const path = join(directory, `${name}.img`);
    await Bun.write(path, "");
    await truncate(path, size * 2 ** 20);
    disks.push({ path, serial: `landfall-${name}` });
  }
  const efiVariables =
    options.firmware === "uefi" ? { efiVariables: join(directory, "efi-variables.fd") } : {};
  if (efiVariables.efiVariables) await copyFile(emptyEfiVariables, efiVariables.efiVariables);
  return new Machine(options, directory, { disks, ...efiVariables });
}

/** See {@link machine}. */
export class Machine implements AsyncDisposable {
  /** Where its files are. */
  readonly directory: string;
  readonly #options: MachineOptions;
  readonly #parts: Pick<QemuOptions, "disks" | "efiVariables">;
  readonly #timesOn: Record<Phase, number> = { live: 0, boot: 0 };
  #running: Qemu | undefined;

  constructor(
    options: MachineOptions,
    directory: string,
    parts: Pick<QemuOptions, "disks" | "efiVariables">,
  ) {
    this.#options = options;
    this.directory = directory;
    this.#parts = parts;
  }

  /**
   * Boots the live system.
   *
   * @throws DeadlineError with the console's last lines if it is not ready in time
   */
  async live(options: LiveOptions = {}): Promise<LiveSystem> {
    const image = await liveImage(options.onProgress);
    const kernelParameters = options.kernelParameters ?? [];
    const qemu = await this.#switchOn("live", {
      live: { image, kernelParameters, agents: agentCount },
    });
    return await LiveSystem.ready(qemu, options.timeout ?? 180);
  }

  /** Boots from the machine's own disks, as its firmware finds them. */
  async bootDisk(): Promise<BootedSystem> {
    return new BootedSystem(await this.#switchOn("boot", {}));
  }

  async #switchOn(phase: Phase, what: Pick<QemuOptions, "live">): Promise<Qemu> {
    if (this.#running?.isRunning) {
      throw new Error(`the machine ${this.#options.name} is still switched on`);
    }
    this.#timesOn[phase] += 1;
    const times = this.#timesOn[phase];
    const { name, memory = 2048, cpus = 2, onConsoleLine } = this.#options;
    this.#running = await Qemu.start({
      ...this.#parts,
      ...what,
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
    for (const { path } of this.#parts.disks) await rm(path, { force: true });
    if (this.#parts.efiVariables) await rm(this.#parts.efiVariables, { force: true });
  }
}
