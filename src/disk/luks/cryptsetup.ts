import { KiB, MiB } from "../../values/size.ts";
/*
 * The commands of cryptsetup(8), for LUKS2. Every secret goes in byte for byte: a key file, and what is read from
 * standard input as the key file `-`, is taken as it is, where a passphrase that is typed would end at a newline.
 */

/** How the header of a new LUKS2 device is made. */
export interface LuksHeader {
  /** As cryptsetup takes it: `aes-xts-plain64`. */
  readonly cipher: string;
  /** Bits of the volume key. */
  readonly keySize: number;
  /** Bytes that are encrypted as one. */
  readonly sectorSize: number;
  /** How passphrases and keys are stretched. */
  readonly pbkdf: "argon2id" | "argon2i" | "pbkdf2";
  /** The most memory this may take, in bytes; left out for pbkdf2, which takes none. */
  readonly pbkdfMemory?: number;
}

/** A LUKS device that is to be. */
export interface NewLuks extends LuksHeader {
  /** The node of the device. */
  readonly device: string;
  readonly uuid: string;
  readonly label?: string;
}

/** Bytes before the data: what cryptsetup leaves for a LUKS2 header, whatever the disk's optimal transfers are. */
export const luksDataOffset = 16 * MiB;

/** Where a command has its second secret: the first of `memoryFiles` of `exec`. */
export const secondKeyDescriptor = 3;

const secondKeyFile = `/proc/self/fd/${secondKeyDescriptor}`;

function pbkdfOptions({ pbkdf, pbkdfMemory }: LuksHeader): string[] {
  const memory = pbkdfMemory === undefined ? [] : [`--pbkdf-memory=${pbkdfMemory / KiB}`];
  return [`--pbkdf=${pbkdf}`, ...memory];
}

/** Makes a header whose key slot 0 is opened by the secret on standard input. */
export function formatCommand(luks: NewLuks): string[] {
  const { device, uuid, label, cipher, keySize, sectorSize } = luks;
  return [
    "cryptsetup",
    "luksFormat",
    "--batch-mode",
    "--type=luks2",
    `--uuid=${uuid}`,
    ...(label === undefined ? [] : [`--label=${label}`]),
    `--cipher=${cipher}`,
    `--key-size=${keySize}`,
    `--sector-size=${sectorSize}`,
    `--offset=${luksDataOffset / 512}`,
    ...pbkdfOptions(luks),
    "--key-slot=0",
    "--key-file=-",
    device,
  ];
}

/** Fills the next free key slot: the secret of slot 0 on standard input, the new one as the first memory file. */
export function addKeyCommand(luks: NewLuks): string[] {
  return [
    "cryptsetup",
    "luksAddKey",
    "--batch-mode",
    ...pbkdfOptions(luks),
    "--key-file=-",
    luks.device,
    secondKeyFile,
  ];
}

/**
 * Tries the secret on standard input; opens nothing. Exit status 2 when it does not fit.
 *
 * @param slot The key slot it must open; any when left out.
 */
export function testCommand(device: string, slot?: number): string[] {
  return [
    "cryptsetup",
    "open",
    "--test-passphrase",
    "--type=luks",
    ...(slot === undefined ? [] : [`--key-slot=${slot}`]),
    "--key-file=-",
    device,
  ];
}

/**
 * Opens a device by the secret on standard input.
 *
 * @param discards Whether the mapping passes on what is freed: for now, or, noted in the header, at every boot too.
 */
export function openCommand(
  device: string,
  name: string,
  discards: "no" | "now" | "always",
): string[] {
  return [
    "cryptsetup",
    "open",
    "--type=luks",
    ...(discards === "no" ? [] : ["--allow-discards"]),
    ...(discards === "always" ? ["--persistent"] : []),
    "--key-file=-",
    device,
    name,
  ];
}

/** Closes a mapping. */
export function closeCommand(name: string): string[] {
  return ["cryptsetup", "close", name];
}
