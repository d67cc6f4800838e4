import type { ConsoleLine } from "./console.ts";
import type { LiveImage } from "./live-image.ts";

/** A disk of the machine: a raw sparse file on the host. */
export interface DiskImage {
  readonly path: string;
  /** What `/dev/disk/by-id/virtio-…` ends with; at most 20 bytes (virtio-blk). */
  readonly serial: string;
}

/** What to switch on. */
export interface QemuOptions {
  readonly name: string;
  /** Where its sockets are made. */
  readonly directory: string;
  /** Where the console's log is written. */
  readonly logPath: string;
  /** UEFI variables, kept in this file; without it the machine has a BIOS. */
  readonly efiVariables?: string;
  /** MiB */
  readonly memory: number;
  readonly cpus: number;
  readonly disks: readonly DiskImage[];
  /** Boots the live system with these kernel parameters and agents; without it, the machine's own disks. */
  readonly live?: {
    readonly image: LiveImage;
    readonly kernelParameters: readonly string[];
    readonly agents: number;
  };
  readonly onConsoleLine?: ((line: ConsoleLine) => void) | undefined;
}

const firmware = "/usr/share/OVMF/OVMF_CODE_4M.fd";

/** The UEFI variables of a machine that was never switched on. */
export const emptyEfiVariables = "/usr/share/OVMF/OVMF_VARS_4M.fd";

/** The command line; its sockets are `console`, `monitor` and the agents' names in QEMU's working directory. */
export function commandLine(options: QemuOptions, agentNames: readonly string[]): string[] {
  return [
    ["qemu-system-x86_64", "-name", options.name],
    ["-machine", "q35", "-accel", "tcg,thread=multi"],
    // Bun needs SSE4.2; the default CPU has none.
    ["-cpu", "Nehalem", "-smp", String(options.cpus), "-m", String(options.memory)],
    ["-display", "none", "-nodefaults", "-vga", "none", "-no-reboot"],
    // The console listens before the machine's first instruction.
    ["-S"],
    ["-chardev", "socket,id=monitor,path=monitor", "-mon", "chardev=monitor,mode=control"],
    ["-chardev", "socket,id=console,path=console", "-serial", "chardev:console"],
    ["-device", "virtio-rng-pci"],
    ["-netdev", "user,id=network", "-device", "virtio-net-pci,netdev=network,romfile="],
    firmwareArguments(options.efiVariables),
    options.disks.flatMap(({ path, serial }, n) => [
      ...drive(`disk${n}`, `${escaped(path)},cache=unsafe,discard=unmap`),
      "-device",
      `virtio-blk-pci,drive=disk${n},serial=${serial}`,
    ]),
    liveArguments(options.live, agentNames),
  ].flat();
}

/** A raw drive that a device refers to. */
function drive(id: string, file: string): string[] {
  return ["-drive", `if=none,id=${id},format=raw,file=${file}`];
}

function firmwareArguments(efiVariables: string | undefined): string[] {
  if (efiVariables === undefined) return [];
  return [
    "-drive",
    `if=pflash,unit=0,format=raw,readonly=on,file=${firmware}`,
    "-drive",
    `if=pflash,unit=1,format=raw,file=${escaped(efiVariables)}`,
  ];
}

function liveArguments(live: QemuOptions["live"], agentNames: readonly string[]): string[] {
  if (live === undefined) return [];
  const parameters = ["console=ttyS0", "panic=-1", "loglevel=4", "mitigations=off"];
  return [
    ["-kernel", live.image.kernel, "-initrd", live.image.initrd],
    ["-append", [...parameters, ...live.kernelParameters].join(" ")],
    drive("live", `${escaped(live.image.root)},readonly=on`),
    ["-device", "virtio-blk-pci,drive=live,serial=landfall-live"],
    ["-device", "virtio-serial-pci"],
    agentNames.flatMap((name, n) => [
      "-chardev",
      `socket,id=${name},path=${name}`,
      "-device",
      `virtserialport,chardev=${name},name=landfall.agent.${n}`,
    ]),
  ].flat();
}

/** A file name inside a QEMU option, where a comma is written twice. */
function escaped(path: string): string {
  return path.replaceAll(",", ",,");
}
