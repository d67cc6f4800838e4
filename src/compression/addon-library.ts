/** Types of entries in the dynamic section of an ELF file (elf(5), and the LSB for those about versions). */
const Tag = {
  null: 0n,
  needed: 1n,
  symbolVersions: 0x6fff_fff0n,
  neededVersions: 0x6fff_fffen,
  neededVersionsCount: 0x6fff_ffffn,
} as const;

/** `PT_DYNAMIC` of elf(5): the program header that says where the dynamic section is. */
const dynamicSegment = 2;

/**
 * Makes the liblzma in a Node addon usable by itself. The addon is a wrapper in C++ around liblzma, which it has within
 * and exports. The wrapper wants the libstdc++ of GCC 13 and glibc 2.34, which many live systems do not have; liblzma
 * wants a few functions that every glibc has.
 *
 * The wrapper is never called, and its functions are only looked for by the loader when they are. So the copy that is
 * returned no longer asks for any library (the C library is there already) nor for any version of a symbol.
 *
 * @param addon An ELF file for a little-endian machine of 64 bits.
 */
export function liblzmaOnly(addon: Uint8Array): Uint8Array {
  const library = new Uint8Array(addon);
  const view = new DataView(library.buffer);
  const { offset, size } = dynamicSection(view);
  let end = offset;
  for (let at = offset; at < offset + size; at += 16) {
    const tag = view.getBigUint64(at, true);
    if (tag === Tag.null) break;
    if (isUnwanted(tag)) continue;
    library.copyWithin(end, at, at + 16);
    end += 16;
  }
  library.fill(0, end, offset + size);
  return library;
}

function isUnwanted(tag: bigint): boolean {
  return (
    tag === Tag.needed ||
    tag === Tag.symbolVersions ||
    tag === Tag.neededVersions ||
    tag === Tag.neededVersionsCount
  );
}

function dynamicSection(view: DataView): { offset: number; size: number } {
  const headers = Number(view.getBigUint64(0x20, true));
  const count = view.getUint16(0x38, true);
  for (let index = 0; index < count; index += 1) {
    const at = headers + index * 0x38;
    if (view.getUint32(at, true) !== dynamicSegment) continue;
    const offset = Number(view.getBigUint64(at + 0x08, true));
    const size = Number(view.getBigUint64(at + 0x20, true));
    return { offset, size };
  }
  throw new Error("the addon has no dynamic section");
}
