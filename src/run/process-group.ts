/** What may end a process group before it ends by itself. */
export interface GroupLimits {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutSeconds?: number | undefined;
}

/** Kills a process and all its children on abort and after a time-out, until it is disposed. */
export class ProcessGroupGuard implements Disposable {
  readonly #processId: number | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: ReturnType<typeof setTimeout> | undefined;
  #timedOut = false;

  /** @param processId The leader of the group; `undefined` when it could not be started. */
  constructor(processId: number | undefined, { signal, timeoutSeconds }: GroupLimits) {
    this.#processId = processId;
    this.#signal = signal;
    signal?.addEventListener("abort", this.#kill, { once: true });
    if (timeoutSeconds !== undefined) {
      this.#timer = setTimeout(() => {
        this.#timedOut = true;
        this.#kill();
      }, timeoutSeconds * 1000);
    }
  }

  /** Whether the time-out ended the group. */
  get timedOut(): boolean {
    return this.#timedOut;
  }

  readonly #kill = (): void => {
    if (this.#processId === undefined) return;
    try {
      process.kill(-this.#processId, "SIGKILL");
    } catch {
      // The group has ended already.
    }
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#kill);
  }
}
