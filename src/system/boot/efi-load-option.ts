/** What a variable `Boot####` says: EFI_LOAD_OPTION of the UEFI specification, 3.1.3. */
export interface EfiLoadOption {
  /** Whether the boot manager tries it by itself (LOAD_OPTION_ACTIVE). */
  readonly active: boolean;
  readonly description: string;
  /** GUID of the GPT partition the program is on, in lower case, where the device path names one. */
  readonly partitionGuid: string | undefined;
  /** The program, with backslashes: `\EFI\systemd\systemd-bootx64.efi`; `undefined` for one that names no file. */
  readonly file: string | undefined;
}

const activeAttribute = 1;
const mediaDevicePath = 4;
const hardDriveNode = 1;
const filePathNode = 4;
const guidSignature = 2;

/** Bytes that efivarfs puts in front of a variable's value: its attributes. */
export const efiVariableHeaderSize = 4;

/**
 * Parses the value of a `Boot####` variable, without the attributes that efivarfs puts in front of it.
 *
 * @throws {RangeError} when it ends too soon.
 */
export function parseEfiLoadOption(bytes: Uint8Array): EfiLoadOption {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const active = (view.getUint32(0, true) & activeAttribute) !== 0;
  const pathLength = view.getUint16(4, true);
  const description = readCharacters(view, 6, view.byteLength);
  const pathStart = 6 + (description.length + 1) * 2;
  let partitionGuid: string | undefined;
  let file: string | undefined;
  for (let node = pathStart; node < pathStart + pathLength; ) {
    const type = view.getUint8(node);
    const subtype = view.getUint8(node + 1);
    const length = view.getUint16(node + 2, true);
    if (length < 4 || node + length > view.byteLength) throw new RangeError("a device path node");
    if (type === mediaDevicePath && subtype === hardDriveNode) {
      if (view.getUint8(node + 41) === guidSignature) partitionGuid = readGuid(view, node + 24);
    } else if (type === mediaDevicePath && subtype === filePathNode) {
      file = (file ?? "") + readCharacters(view, node + 4, node + length);
    }
    node += length;
  }
  return { active, description, partitionGuid, file };
}

/** The numbers of `BootOrder`, in the order in which the boot manager tries them. */
export function parseBootOrder(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: Math.floor(view.byteLength / 2) }, (_, index) =>
    view.getUint16(index * 2, true),
  );
}

/** UCS-2 text up to its NUL, or the end. */
function readCharacters(view: DataView, start: number, end: number): string {
  let text = "";
  for (let offset = start; offset + 1 < end; offset += 2) {
    const unit = view.getUint16(offset, true);
    if (unit === 0) break;
    text += String.fromCharCode(unit);
  }
  return text;
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

/** A GUID in the mixed byte order of UEFI, as text. */
function readGuid(view: DataView, offset: number): string {
  const tail = Array.from({ length: 8 }, (_, index) => hex(view.getUint8(offset + 8 + index), 2));
  return [
    hex(view.getUint32(offset, true), 8),
    hex(view.getUint16(offset + 4, true), 4),
    hex(view.getUint16(offset + 6, true), 4),
    tail.slice(0, 2).join(""),
    tail.slice(2).join(""),
  ].join("-");
}
