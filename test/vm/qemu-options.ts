import type { ConsoleLine } from "./console.ts";
import type { LiveImage } from "./live-image.ts";

/**
 * What a disk is attached to, and with that its name in the guest's `/dev/disk/by-id`: `virtio-SERIAL`,
 * `nvme-QEMU_NVMe_Ctrl_SERIAL`, `scsi-0QEMU_QEMU_HARDDISK_SERIAL`, `ata-QEMU_HARDDISK_SERIAL` or
 * `usb-QEMU_QEMU_HARDDISK_SERIAL-0:0`.
 */
export type Bus = "virtio" | "nvme" | "scsi" | "sata" | "usb";

/** A disk of the machine: a raw sparse file on the host. */
export interface DiskImage {
  readonly path: string;
  /** By how many ways the machine reaches it. */
  readonly paths: number;
  /** Whether it is in its drive, such as a card in a reader. */
  readonly isInserted: boolean;
  /** At most 20 bytes (virtio-blk). */
  readonly serial: string;
  readonly bus: Bus;
  /** Logical and physical sector size in bytes. */
  readonly sectorSize: number;
  /** The Unix socket of an NBD server through which QEMU reaches it, instead of the file. */
  readonly socket?: string | undefined;
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

/** Those of a machine that is sold with Secure Boot on: it starts what Microsoft's keys have signed. */
export const enrolledEfiVariables = "/usr/share/OVMF/OVMF_VARS_4M.ms.fd";

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
    options.disks.flatMap((disk, n) => diskArguments(disk, `disk${n}`)),
    liveArguments(options.live, agentNames),
  ].flat();
}

/** What a disk is to QEMU. What the guest flushes is of no account for a file, which outlives QEMU. */
function backend({ path, socket }: DiskImage): string {
  return socket === undefined
    ? `${escaped(path)},cache=unsafe,discard=unmap`
    : `nbd+unix:///?socket=${escaped(socket)},cache=none`;
}

/** A raw drive that a device refers to. */
function drive(id: string, file: string): string[] {
  return ["-drive", `if=none,id=${id},format=raw,file=${file}`];
}

/** A disk with its drive, and with a controller for each way to it. */
function diskArguments(disk: DiskImage, id: string): string[] {
  const { path, paths, isInserted } = disk;
  if (!isInserted) return ["-drive", `if=none,id=${id}`, ...diskDevice(disk, id, id)];
  const file = escaped(path);
  if (paths === 1) {
    return [...drive(id, backend(disk)), ...diskDevice(disk, id, id)];
  }
  // What makes them one disk for whoever looks is its World Wide Name.
  const shared = `,wwn=0x5000c500000000${id.slice(-1).padStart(2, "0")},share-rw=on`;
  const devices = Array.from({ length: paths }, (_, n) => diskDevice(disk, id, `${id}-${n}`));
  return [
    "-blockdev",
    `driver=raw,node-name=${id},file.driver=file,file.filename=${file}`,
    ...devices.flatMap((device) => [...device.slice(0, -1), `${device.at(-1)}${shared}`]),
  ];
}

/** QEMU's devices for a disk, and for the controller where each disk gets one of its own. */
const busDevices: Readonly<Record<Bus, { readonly disk: string; readonly controller?: string }>> = {
  virtio: { disk: "virtio-blk-pci" },
  nvme: { disk: "nvme" },
  scsi: { disk: "scsi-hd", controller: "virtio-scsi-pci" },
  sata: { disk: "ide-hd", controller: "ich9-ahci" },
  usb: { disk: "usb-storage,removable=on", controller: "qemu-xhci" },
};

/** @param id What its controller is named after, where it gets one of its own. */
function diskDevice({ serial, bus, sectorSize }: DiskImage, source: string, id: string): string[] {
  const { disk, controller } = busDevices[bus];
  const sectors = `logical_block_size=${sectorSize},physical_block_size=${sectorSize}`;
  const properties = `drive=${source},serial=${serial},${sectors}`;
  if (controller === undefined) return ["-device", `${disk},${properties}`];
  return [
    ["-device", `${controller},id=${id}-bus`],
    ["-device", `${disk},bus=${id}-bus.0,${properties}`],
  ].flat();
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
