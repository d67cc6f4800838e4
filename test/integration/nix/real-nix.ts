import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";

/** A store of real Nix in a directory of its own, which knows its paths as `/nix/store/…`. */
export class RealNix {
  /** Where `/nix/store` of this store is. */
  readonly storeDirectory: string;
  readonly #directory: string;
  readonly #environment: Readonly<Record<string, string>>;

  /** @param directory Holds the store and all else that Nix writes. */
  constructor(directory: string) {
    this.#directory = directory;
    this.storeDirectory = join(directory, "root/nix/store");
    this.#environment = {
      PATH: "/usr/bin:/bin",
      HOME: join(directory, "home"),
      NIX_CONF_DIR: join(directory, "conf"),
      NIX_CONFIG: "experimental-features = nix-command\nbuild-users-group =\nsubstituters =\n",
    };
  }

  /** Runs a program of Nix on the store; the arguments follow `--store …`. Gives its standard output. */
  async run(program: string, args: readonly string[], input?: string): Promise<string> {
    await mkdir(join(this.#directory, "home"), { recursive: true });
    const [subcommand, rest] = program === "nix" ? [args.slice(0, 1), args.slice(1)] : [[], args];
    const store = ["--store", join(this.#directory, "root")];
    const { stdout } = await exec([program, ...subcommand, ...store, ...rest], {
      environment: this.#environment,
      ...(input === undefined ? {} : { input }),
    });
    return stdout;
  }
}
