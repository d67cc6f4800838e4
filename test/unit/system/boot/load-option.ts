/**
 * The value of a variable `Boot####` for a program on a GPT partition, as the UEFI specification (3.1.3, 10.3.5) has it.
 *
 * @param guid In lower case with dashes.
 * @param file With backslashes.
 */
export function loadOption(
  description: string,
  guid: string,
  file: string,
  options: { readonly active?: boolean } = {},
): Buffer {
  const drive = Buffer.alloc(42);
  drive.set([4, 1, 42, 0]);
  drive.writeUInt32LE(1, 4);
  drive.writeBigUInt64LE(2048n, 8);
  drive.writeBigUInt64LE(1048576n, 16);
  drive.set(guidBytes(guid), 24);
  drive.set([2, 2], 40);
  const name = characters(file);
  const path = Buffer.concat([Buffer.from([4, 4, 0, 0]), name]);
  path.writeUInt16LE(path.length, 2);
  const nodes = Buffer.concat([drive, path, Buffer.from([0x7f, 0xff, 4, 0])]);
  const head = Buffer.alloc(6);
  head.writeUInt32LE(options.active === false ? 0 : 1, 0);
  head.writeUInt16LE(nodes.length, 4);
  return Buffer.concat([head, characters(description), nodes]);
}

function characters(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf16le");
}

/** A GUID in the byte order of UEFI: the first three fields little-endian. */
function guidBytes(guid: string): Buffer {
  const fields = guid.split("-").map((field) => Buffer.from(field, "hex"));
  return Buffer.concat(fields.map((field, index) => (index < 3 ? field.toReversed() : field)));
}
