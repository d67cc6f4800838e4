import { loadNativeLiblzma } from "./liblzma-native.ts";
import { loadWasmLiblzma } from "./liblzma-wasm.ts";
import type { LzmaLibrary } from "./lzma-library.ts";

let loaded: LzmaLibrary | undefined;

/**
 * The liblzma of this thread: as native code where there is some that this system can load, as WebAssembly anywhere
 * else. Both come from the package node-liblzma and are of the same version.
 */
export function liblzma(): LzmaLibrary {
  loaded ??= loadNativeLiblzma() ?? loadWasmLiblzma();
  return loaded;
}
