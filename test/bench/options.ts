import { parseArgs } from "node:util";
import { type ClosureName, closureSizes } from "./closure/sizes.ts";
import { contenderNames } from "./contenders/index.ts";
import { scenes } from "./scenes/index.ts";
import type { Scene } from "./scenes/scene.ts";
import { type FileSystem, fileSystems } from "./target.ts";

/** What the benchmark is asked for. */
export interface BenchOptions {
  readonly scenes: readonly Scene[];
  readonly fileSystem: FileSystem;
  readonly runs?: number;
  readonly contenders?: readonly string[];
  readonly closure?: ClosureName;
  readonly writesDocs: boolean;
}

/** Scenes that `--quick` leaves out. */
const slow = new Set(["xz", "far", "memory", "latency", "ten-machines", "file-systems"]);

const usage = `npm run bench -- [OPTION]…

  --scene NAME       Only this one; may be repeated:
                     ${scenes.map(({ name }) => name).join(", ")}
  --runs N           Of each contender
  --contenders LIST  ${contenderNames.join(", ")}
  --filesystem NAME  Of the target: ${fileSystems.join(", ")}
  --closure NAME     ${Object.keys(closureSizes).join(", ")}
  --quick            Fewer scenes, and two runs each
  --write-docs       Write docs/performance.md from this run
`;

/**
 * Reads the command line.
 *
 * @throws Error that says what is wrong, or the usage if that is asked for.
 */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      scene: { type: "string", multiple: true },
      runs: { type: "string" },
      contenders: { type: "string" },
      filesystem: { type: "string", default: "ext4" },
      closure: { type: "string" },
      quick: { type: "boolean", default: false },
      "write-docs": { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) throw new Error(usage);
  const runs = values.runs ?? (values.quick ? "2" : undefined);
  if (runs !== undefined && !/^[1-9]\d*$/.test(runs)) throw new Error(`--runs ${runs}: no count`);
  const closures = Object.values(closureSizes).map(({ name }) => name);
  return {
    scenes:
      values.scene?.map((name) => oneOf(scenes, name, (scene) => scene.name)) ??
      scenes.filter(({ name }) => !values.quick || !slow.has(name)),
    fileSystem: oneOf(fileSystems, values.filesystem, String),
    ...(runs !== undefined && { runs: Number(runs) }),
    ...(values.contenders !== undefined && { contenders: values.contenders.split(",") }),
    ...(values.closure !== undefined && { closure: oneOf(closures, values.closure, String) }),
    writesDocs: values["write-docs"],
  };
}

function oneOf<T>(all: readonly T[], name: string, nameOf: (one: T) => string): T {
  const found = all.find((one) => nameOf(one) === name);
  if (found === undefined) throw new Error(`${name} is none of ${all.map(nameOf).join(", ")}`);
  return found;
}
