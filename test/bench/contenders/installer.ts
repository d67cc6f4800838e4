import { join } from "node:path";
import { installerBinary } from "../places.ts";
import { cachePath } from "../server.ts";
import type { Contender, Job } from "./contender.ts";

/** The manifest of a pull: what there is no default for. */
function manifest({ closure, compression, cache, server }: Job): string {
  return `version = 1

[system]
toplevel = "${closure.toplevel}"

[cache]
substituters = ["${server}${cachePath(compression)}"]
trusted-public-keys = ["${cache.publicKey}"]
`;
}

/**
 * `installer pull`.
 *
 * @param binary Another one than that of the checkout, to compare two.
 */
export function installerContender(name: string, binary = installerBinary): Contender {
  return {
    name,
    label: binary === installerBinary ? "installer pull" : `${binary} pull`,
    registers: true,
    prepare: async () => {},
    command: async (job) => {
      const file = join(job.scratch, "host.toml");
      await Bun.write(file, manifest(job));
      const log = join(job.scratch, "log");
      const options = ["--manifest", file, "--root", job.target, "--log-file", log];
      return [binary, "pull", "--log-format", "plain", ...options];
    },
  };
}
