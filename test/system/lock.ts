import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";

/**
 * Waits for the exclusive lock on a file and holds it until disposed, or until this process ends however it ends: a
 * flock(1) that lasts as long as its standard input.
 */
export async function holdLock(path: string): Promise<AsyncDisposable> {
  await mkdir(dirname(path), { recursive: true });
  const child = Bun.spawn(["flock", path, "sh", "-c", "echo locked && cat > /dev/null"], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  if (done) throw new Error(`flock ${path} ended with exit status ${await child.exited}`);
  return {
    [Symbol.asyncDispose]: async () => {
      await child.stdin.end();
      await child.exited;
    },
  };
}
