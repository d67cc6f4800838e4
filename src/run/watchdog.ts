import { spawn } from "node:child_process";
import { searchPath } from "./command.ts";

/**
 * Waits until the other end of its standard input is closed, which the kernel does for an installer that has ended,
 * however it has. Then it kills whatever is left in the mount namespace of its own, which is the installer's, but for
 * the installer itself (`$1`), which may be ending still. A process that was about to start another is found in the
 * next pass; what is in an uninterruptible system call is given up after some seconds.
 */
const script = `read -r line
for pass in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  found=
  for process in /proc/[0-9]*; do
    [ "$process" = "/proc/$$" ] && continue
    [ "$process" = "/proc/$1" ] && continue
    [ "$process/ns/mnt" -ef /proc/self/ns/mnt ] || continue
    kill -s KILL "\${process#/proc/}" && found=1
  done
  [ -n "$found" ] || exit 0
  sleep 0.1 || sleep 1
done`;

/**
 * Has every process that the installer starts end with it, also when it is killed, and whether or not they have made
 * themselves daemons. They are known by the installer's mount namespace: nothing else is in it, and the kernel drops it
 * with all mounts once nobody is.
 *
 * It takes a process that outlives the installer, and has to be small: the live system's shell, which gets no word that
 * anybody else has written. Without one, what a killed installer has started goes on to its own end.
 *
 * For a process in a mount namespace of its own.
 */
export function startWatchdog(): void {
  const shell = Bun.which("sh", { PATH: searchPath().join(":") });
  if (shell === null) return;
  const child = spawn(shell, ["-c", script, "landfall-watchdog", String(process.pid)], {
    cwd: "/",
    env: { PATH: searchPath().join(":") },
    // In a session of its own no signal of the terminal reaches it.
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  // The pipe stays open as long as this process is there.
  openPipes.push(child.stdin);
  child.on("error", () => undefined);
  child.unref();
}

/** Keeps the ends of pipes from being closed as garbage. */
const openPipes: unknown[] = [];
