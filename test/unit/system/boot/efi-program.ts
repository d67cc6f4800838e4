/**
 * The smallest file that UEFI would take for a program: headers and one section of 512 bytes.
 *
 * @param machine Its machine type, 0x8664 for x86-64.
 */
export function efiProgram(machine = 0x8664): Buffer {
  const file = Buffer.alloc(1024);
  file.write("MZ");
  file.writeUInt32LE(0x80, 0x3c);
  file.write("PE\0\0", 0x80);
  file.writeUInt16LE(machine, 0x84);
  file.writeUInt16LE(1, 0x86);
  file.writeUInt16LE(0xf0, 0x94);
  const section = 0x80 + 24 + 0xf0;
  file.write(".text", section);
  file.writeUInt32LE(512, section + 16);
  file.writeUInt32LE(512, section + 20);
  return file;
}
