import { InstallerError } from "../errors.ts";
import type { ClosurePath } from "./closure.ts";
import type { KeptFile } from "./kept-files.ts";
import {
  type FromWorker,
  fromFailure,
  type ToWorker,
  type WorkerReport,
} from "./worker-messages.ts";

/** What happens to the paths that workers were given. */
export interface WorkerListener {
  readonly onReceived: (storePath: string, bytes: number) => void;
  readonly onFetched: (worker: PullWorker, storePath: string, bytes: number) => void;
  readonly onFailed: (error: InstallerError) => void;
  readonly onLog: (level: "debug" | "info" | "warning", message: string) => void;
}

/** A thread that fetches store paths, and what it is busy with. */
export class PullWorker {
  readonly #worker: Worker;
  readonly #listener: WorkerListener;
  readonly #active = new Map<string, ClosurePath>();
  readonly #stopped = Promise.withResolvers<WorkerReport | undefined>();

  constructor(start: ToWorker & { readonly kind: "start" }, listener: WorkerListener) {
    this.#listener = listener;
    this.#worker = new Worker(workerUrl());
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) =>
      this.#receive(data),
    );
    this.#worker.addEventListener("error", ({ message }) => this.#crash(message));
    this.#send(start);
  }

  /** The paths it has been given and not finished. */
  get active(): ReadonlySet<ClosurePath> {
    return new Set(this.#active.values());
  }

  /** @param file The file of its NAR, where it is in memory already; its memory goes to the thread. */
  fetch(path: ClosurePath, file?: KeptFile): void {
    this.#active.set(path.storePath, path);
    this.#send({ kind: "fetch", path, ...(file === undefined ? {} : { file }) }, file);
  }

  /**
   * Breaks off whatever it does. When this resolves, the thread holds nothing of the target open.
   *
   * @returns What it did; `undefined` if it crashed.
   */
  async stop(): Promise<WorkerReport | undefined> {
    this.#send({ kind: "stop" });
    const report = await this.#stopped.promise;
    this.#worker.terminate();
    return report;
  }

  #send(message: ToWorker, memory: KeptFile = []): void {
    this.#worker.postMessage(message, [...new Set(memory.map(({ buffer }) => buffer))]);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "received":
        this.#listener.onReceived(message.storePath, message.bytes);
        break;
      case "fetched":
        this.#active.delete(message.storePath);
        this.#listener.onFetched(this, message.storePath, message.bytes);
        break;
      case "failed":
        this.#active.delete(message.storePath);
        this.#listener.onFailed(fromFailure(message.failure));
        break;
      case "log":
        this.#listener.onLog(message.level, message.message);
        break;
      case "stopped":
        this.#stopped.resolve(message.report);
        break;
    }
  }

  #crash(message: string): void {
    this.#stopped.resolve(undefined);
    this.#listener.onFailed(new InstallerError("bug", `a worker of the pull crashed: ${message}`));
  }
}

/**
 * Where the worker's code is. The compiled binary has its entry points below the common directory of them all, `src`,
 * and the bundle that this file became a part of lies directly in it.
 */
function workerUrl(): URL {
  const compiled = import.meta.url.includes("/$bunfs/");
  return new URL(compiled ? "./cache/worker.ts" : "./worker.ts", import.meta.url);
}
