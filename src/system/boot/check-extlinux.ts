import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { copyProblem } from "./compare-files.ts";
import type { ExpectedBoot } from "./expected-boot.ts";
import { parseExtlinuxConfig } from "./extlinux-config.ts";
import type { Findings } from "./findings.ts";

const configuration = "extlinux/extlinux.conf";

/** The extlinux.conf that U-Boot reads, in the live system's view; `undefined` when there is none. */
export function findExtlinux(directories: readonly string[]): string | undefined {
  return directories
    .map((directory) => join(directory, configuration))
    .find((file) => existsSync(file));
}

/** Checks the default entry of extlinux.conf, and the kernel and initrd that it names. */
export async function checkExtlinux(
  findings: Findings,
  expected: ExpectedBoot,
  directories: readonly string[],
): Promise<void> {
  const file = findExtlinux(directories);
  if (file === undefined) {
    findings.problems.push(
      `extlinux.conf is not there: looked for ${configuration} in ${directories.join(", ")}`,
    );
    return;
  }
  findings.loader = `extlinux (${file})`;
  const { defaultEntry } = parseExtlinuxConfig(await readFile(file, "utf8"));
  const init = defaultEntry?.append.split(/\s+/).findLast((word) => word.startsWith("init="));
  if (defaultEntry === undefined || init !== expected.init) {
    const found = defaultEntry === undefined ? "there is none" : (init ?? "no init=");
    findings.problems.push(`the default entry of ${file} has not ${expected.init} (${found})`);
    return;
  }
  const check = async (path: string | undefined, original: string, what: string) => {
    if (path === undefined) {
      findings.problems.push(`"${defaultEntry.label}" in ${file} names no ${what}`);
      return;
    }
    const copy = path.startsWith("/")
      ? join(dirname(dirname(file)), path)
      : join(dirname(file), path);
    const problem = await copyProblem(copy, original);
    if (problem !== undefined) findings.problems.push(`${copy} ${problem}`);
  };
  await check(defaultEntry.linux, expected.kernel, "kernel");
  if (expected.initrd !== undefined) {
    await check(defaultEntry.initrds[0], expected.initrd, "initrd");
  }
}
