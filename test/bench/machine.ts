import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem } from "node:os";

/** The machine in a line: processors, memory, kernel, distribution. */
export function describeMachine(): string {
  const name = /^PRETTY_NAME="(.*)"$/m.exec(readFileSync("/etc/os-release", "utf8"))?.[1];
  const processors = `${availableParallelism()} × ${cpus()[0]?.model ?? "processor"}`;
  const memory = `${(totalmem() / 1e9).toFixed(0)} GB`;
  return [processors, memory, `Linux ${release()}`, name ?? "unknown distribution"].join(", ");
}
