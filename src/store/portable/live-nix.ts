import { constants, openSync } from "node:fs";
import { errorCode } from "../../errors.ts";

let descriptor: number | undefined;

/** Keeps the live system's own `/nix`, where it has one, in reach of programs. To be called before it is covered. */
export function keepLiveNix(): void {
  try {
    descriptor ??= openSync("/nix", constants.O_RDONLY | constants.O_DIRECTORY);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}

/** A path of the live system's own `/nix` once the portable store covers it: by proc(5), for this process's children. */
export function liveNix(): string {
  return descriptor === undefined ? "/nix" : `/proc/${process.pid}/fd/${descriptor}`;
}
