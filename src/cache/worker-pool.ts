import { InstallerError } from "../errors.ts";
import type { PathVerdict } from "../store/verify-path.ts";
import type { ClosurePath } from "./closure.ts";
import type { KeptFile } from "./kept-files.ts";
import type { NamedPath } from "./verify-paths.ts";
import {
  type Fetched,
  type FromWorker,
  fromFailure,
  type ToWorker,
  type WorkerReport,
} from "./worker-messages.ts";

/** What workers tell besides the outcome of what they were asked for. */
export interface WorkerListener {
  /** @param bytes Received of the path so far; fewer than before when it is fetched once more. */
  readonly onReceived: (storePath: string, bytes: number) => void;
  readonly onLog: (level: "debug" | "info" | "warning", message: string) => void;
}

/** A thread that verifies and fetches store paths, and what it is busy with. */
export class PullWorker {
  readonly #worker: Worker;
  readonly #listener: WorkerListener;
  readonly #stopFlag = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  readonly #active = new Map<string, ClosurePath>();
  /** Who waits for an answer, by what it is about. */
  readonly #waiting = new Map<string, PromiseWithResolvers<FromWorker>>();
  #crashed: InstallerError | undefined;
  #stopping: Promise<WorkerReport | undefined> | undefined;
  readonly #stopped = Promise.withResolvers<WorkerReport | undefined>();

  constructor(
    start: Omit<ToWorker & { readonly kind: "start" }, "kind" | "stopFlag">,
    listener: WorkerListener,
  ) {
    this.#listener = listener;
    this.#worker = new Worker(workerUrl());
    this.#worker.addEventListener("message", ({ data }: MessageEvent<FromWorker>) =>
      this.#receive(data),
    );
    this.#worker.addEventListener("error", ({ message }) => this.#crash(message));
    this.#send({ ...start, kind: "start", stopFlag: this.#stopFlag });
  }

  /** The paths it has been given to fetch and not finished. */
  get active(): ReadonlySet<ClosurePath> {
    return new Set(this.#active.values());
  }

  /**
   * Fetches a path and unpacks it.
   *
   * @param file The file of its NAR, where it is in memory already; its memory goes to the thread.
   * @throws {InstallerError} as `fetchPath`.
   */
  async fetch(path: ClosurePath, file?: KeptFile): Promise<Fetched> {
    const { storePath } = path;
    this.#active.set(storePath, path);
    const message = { kind: "fetch", path, ...(file === undefined ? {} : { file }) } as const;
    try {
      const answer = await this.#ask(storePath, message, file);
      return answer.kind === "fetched" ? answer : unexpected(answer);
    } finally {
      this.#active.delete(storePath);
    }
  }

  /** Compares what is at a path with what should be. @throws {InstallerError} with reason `disk`. */
  async verify({ storePath, narHash, narSize }: NamedPath): Promise<PathVerdict> {
    const answer = await this.#ask(storePath, {
      kind: "verify",
      path: { storePath, narHash, narSize },
    });
    return answer.kind === "verified" ? answer.verdict : unexpected(answer);
  }

  /** Puts `.links` in order, see `sweepLinks`. @throws {InstallerError} with reason `disk`. */
  async sweep(suspects: ReadonlySet<number>): Promise<number> {
    const answer = await this.#ask("", { kind: "sweep", suspects });
    return answer.kind === "swept" ? answer.unsound : unexpected(answer);
  }

  /**
   * Breaks off whatever it does. When this resolves, the thread holds nothing of the target open.
   *
   * @returns What it did; `undefined` if it crashed.
   */
  stop(): Promise<WorkerReport | undefined> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<WorkerReport | undefined> {
    Atomics.store(this.#stopFlag, 0, 1);
    this.#send({ kind: "stop" });
    const report = await this.#stopped.promise;
    this.#worker.terminate();
    return report;
  }

  /** @param about The store path, or nothing for what is about all of them. */
  #ask(about: string, message: ToWorker, memory?: KeptFile): Promise<FromWorker> {
    const waiting = Promise.withResolvers<FromWorker>();
    if (this.#crashed !== undefined) waiting.reject(this.#crashed);
    this.#waiting.set(about, waiting);
    this.#send(message, memory);
    return waiting.promise;
  }

  #send(message: ToWorker, memory: KeptFile = []): void {
    this.#worker.postMessage(message, [...new Set(memory.map(({ buffer }) => buffer))]);
  }

  #receive(message: FromWorker): void {
    switch (message.kind) {
      case "received":
        this.#listener.onReceived(message.storePath, message.bytes);
        break;
      case "log":
        this.#listener.onLog(message.level, message.message);
        break;
      case "stopped":
        this.#stopped.resolve(message.report);
        break;
      case "failed":
        this.#take(message.storePath)?.reject(fromFailure(message.failure));
        break;
      case "fetched":
      case "verified":
        this.#take(message.storePath)?.resolve(message);
        break;
      case "swept":
        this.#take("")?.resolve(message);
        break;
    }
  }

  /** Who waits for an answer, and does so no longer. */
  #take(about: string): PromiseWithResolvers<FromWorker> | undefined {
    const waiting = this.#waiting.get(about);
    this.#waiting.delete(about);
    return waiting;
  }

  #crash(message: string): void {
    const error = new InstallerError("bug", `a worker of the pull crashed: ${message}`);
    this.#crashed = error;
    this.#stopped.resolve(undefined);
    for (const waiting of this.#waiting.values()) waiting.reject(error);
  }
}

function unexpected({ kind }: FromWorker): never {
  throw new InstallerError("bug", `a worker of the pull answers ${kind}`);
}

/**
 * Where the worker's code is. The compiled binary has its entry points below the common directory of them all, `src`,
 * and the bundle that this file became a part of lies directly in it.
 */
function workerUrl(): URL {
  const compiled = import.meta.url.includes("/$bunfs/");
  return new URL(compiled ? "./cache/worker.ts" : "./worker.ts", import.meta.url);
}
