/** Machine types of PE files by the suffix that UEFI gives their names: `BOOTX64.EFI`, `systemd-bootx64.efi`. */
const machineTypes = {
  x64: 0x8664,
  ia32: 0x14c,
  aa64: 0xaa64,
  riscv64: 0x5064,
} as const;

/** The architecture of an EFI program, as in its file name. */
export type EfiArchitecture = keyof typeof machineTypes;

/** Bytes of the headers of a section. */
const sectionHeaderSize = 40;

/** Not an EFI program: the message says what is wrong, to be put after the file's name. */
export class PortableExecutableError extends Error {
  override readonly name = "PortableExecutableError";
}

/**
 * The architecture of an EFI program, whose headers and sections must all lie within the file (PE Format, Microsoft).
 *
 * @throws {PortableExecutableError}
 */
export function checkPortableExecutable(bytes: Uint8Array): EfiArchitecture {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.byteLength < 64 || view.getUint16(0, true) !== 0x5a4d) {
    throw new PortableExecutableError("is not an EFI program (no MZ header)");
  }
  const header = view.getUint32(0x3c, true);
  if (header + 24 > view.byteLength) throw truncated();
  if (view.getUint32(header, true) !== 0x4550) {
    throw new PortableExecutableError("is not an EFI program (no PE header)");
  }
  const machine = view.getUint16(header + 4, true);
  const sections = view.getUint16(header + 6, true);
  const firstSection = header + 24 + view.getUint16(header + 20, true);
  for (let index = 0; index < sections; index++) {
    const section = firstSection + index * sectionHeaderSize;
    if (section + sectionHeaderSize > view.byteLength) throw truncated();
    const size = view.getUint32(section + 16, true);
    const offset = view.getUint32(section + 20, true);
    if (offset + size > view.byteLength) throw truncated();
  }
  const architectures: readonly EfiArchitecture[] = ["x64", "ia32", "aa64", "riscv64"];
  const architecture = architectures.find((name) => machineTypes[name] === machine);
  if (architecture === undefined) {
    throw new PortableExecutableError(`is for an unknown machine (0x${machine.toString(16)})`);
  }
  return architecture;
}

function truncated(): PortableExecutableError {
  return new PortableExecutableError("is truncated");
}
