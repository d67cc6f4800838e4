import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Does something while holding the exclusive lock on a file. The lock is that of a flock(1) that lasts as long as its
 * standard input, so that it is given up however this process ends.
 */
export async function withLock<Result>(
  path: string,
  action: () => Promise<Result>,
): Promise<Result> {
  await mkdir(dirname(path), { recursive: true });
  const child = Bun.spawn(["flock", path, "sh", "-c", "echo locked && cat > /dev/null"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  try {
    const { done } = await child.stdout.getReader().read();
    if (done) throw new Error(`flock ${path} ended with exit status ${await child.exited}`);
    return await action();
  } finally {
    await child.stdin.end();
    await child.exited;
  }
}
