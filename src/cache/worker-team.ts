import { realpathSync } from "node:fs";
import { availableParallelism } from "node:os";
import { readMemory } from "../facts/memory.ts";
import { isRotational } from "../facts/rotational.ts";
import type { HttpSettings } from "../http/retry.ts";
import { httpSettings } from "../http/settings.ts";
import { planResources } from "./resources.ts";
import type { WorkerReport } from "./worker-messages.ts";
import { PullWorker, type WorkerListener } from "./worker-pool.ts";

/** What {@link WorkerTeam} is told. */
export interface TeamOptions extends WorkerListener {
  /** The target's store directory. */
  readonly storeDirectory: string;
  /** Requests at once. */
  readonly connections: number;
  /** Paths there are to be verified and fetched: with fewer than it has processors, it needs no more threads. */
  readonly paths: number;
  readonly autoOptimise: boolean;
  readonly substituters: readonly string[];
  readonly http: HttpSettings | undefined;
}

/** The threads of a pull: as many as there are processors and memory for. */
export class WorkerTeam {
  readonly workers: readonly PullWorker[];
  /** What each of them may have under way. */
  readonly limits: { readonly connections: number /** Bytes. */; readonly memory: number };

  constructor(options: TeamOptions) {
    const { storeDirectory, connections, paths, autoOptimise, substituters, http } = options;
    const { workers, bufferMemory } = planResources({
      availableMemory: readMemory().available,
      processors: availableParallelism(),
      connections,
      rotational: isRotational(realpathSync(storeDirectory)),
    });
    this.limits = {
      connections: Math.floor(connections / workers),
      memory: bufferMemory / workers,
    };
    const start = {
      storeDirectory,
      autoOptimise,
      substituters,
      http: http ?? httpSettings(),
    };
    this.workers = Array.from(
      { length: Math.min(workers, paths) },
      () => new PullWorker(start, options),
    );
  }

  /** Breaks off whatever they do. When this resolves, nothing of the target is open any more. */
  async stop(): Promise<WorkerReport[]> {
    const reports = await Promise.all(this.workers.map((worker) => worker.stop()));
    return reports.filter((report) => report !== undefined);
  }
}
