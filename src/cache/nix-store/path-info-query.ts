import type { PathInfo } from "../../nix/path-info.ts";
import { CommandError, type CommandOptions, type CommandResult } from "../../run/command.ts";
import { portableEnvironment, portableProgram } from "../../store/portable/nix.ts";
import { type StoreTrust, storeEnvironment } from "./environment.ts";
import { parsePathInfoJson } from "./path-info-json.ts";
import { storeCommandAddress } from "./store-address.ts";

/** Runs a program of the portable store. */
export type Execute = (
  argv: readonly string[],
  options: CommandOptions,
) => Promise<Pick<CommandResult, "stdout">>;

/** Store paths in one command: some 100 bytes each, where the kernel takes 2 MiB. */
export const pathsPerCommand = 5000;

/** Asks stores that are left to Nix about store paths. */
export class PathInfoQuery {
  readonly #execute: Execute;
  readonly #trust: StoreTrust;
  readonly #signal: AbortSignal;
  #formatArguments: Promise<readonly string[]> | undefined;

  constructor(execute: Execute, trust: StoreTrust, signal: AbortSignal) {
    this.#execute = execute;
    this.#trust = trust;
    this.#signal = signal;
  }

  /**
   * What a store knows of paths, and with `recursive` of all they refer to.
   *
   * @returns `undefined` for paths that it does not have.
   * @throws {CommandError} if the store cannot be asked; with `recursive` also if it does not have one of them all.
   */
  async ask(
    store: string,
    paths: readonly string[],
    recursive: boolean,
  ): Promise<Map<string, PathInfo | undefined>> {
    const infos = new Map<string, PathInfo | undefined>();
    for (let first = 0; first < paths.length; first += pathsPerCommand) {
      const argv = [
        portableProgram("nix"),
        "path-info",
        "--store",
        storeCommandAddress(store).url,
        "--json",
        ...(await this.#format()),
        ...(recursive ? ["--recursive"] : []),
        ...paths.slice(first, first + pathsPerCommand),
      ];
      const { stdout } = await this.#execute(argv, {
        environment: storeEnvironment(store, this.#trust),
        signal: this.#signal,
        reason: "cache",
      });
      for (const [path, info] of parsePathInfoJson(stdout)) infos.set(path, info);
    }
    return infos;
  }

  /** From Nix 2.33 on the format must be named, which Nix before and Lix do not know (release notes of Nix 2.33). */
  #format(): Promise<readonly string[]> {
    this.#formatArguments ??= this.#execute([portableProgram("nix"), "--version"], {
      environment: portableEnvironment,
      signal: this.#signal,
    }).then(({ stdout }) => formatArguments(stdout));
    return this.#formatArguments;
  }
}

/** @param version What `nix --version` prints: `nix (Nix) 2.34.1`. */
export function formatArguments(version: string): readonly string[] {
  const [, major = "0", minor = "0"] = /^nix \((?!Lix).*\) (\d+)\.(\d+)/.exec(version) ?? [];
  const isNamed = Number(major) > 2 || (Number(major) === 2 && Number(minor) >= 33);
  return isNamed ? ["--json-format", "1"] : [];
}

/** Whether a recursive query failed because the store lacks a path, and not because it cannot be asked. */
export function isIncompleteClosure(error: unknown): error is CommandError {
  return error instanceof CommandError && /path '[^']*' is not valid/.test(error.output);
}
