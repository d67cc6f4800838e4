import type { ConsolaInstance } from "consola";
import type { RunEvent } from "../events.ts";
import { formatJsonEvent } from "./json-event.ts";
import type { Renderer } from "./renderer.ts";

/** Milliseconds between two events about the progress of a step. */
const progressInterval = 1000;

/** One event per line, as JSON: for scripts. */
export class JsonRenderer implements Renderer {
  readonly #logger: ConsolaInstance;
  readonly #now: () => number;
  #progressShown = -Infinity;

  /** @param now The time in milliseconds since 1970. */
  constructor(logger: ConsolaInstance, now: () => number) {
    this.#logger = logger;
    this.#now = now;
  }

  readonly show = (event: RunEvent): void => {
    const now = this.#now();
    if (event.type === "message" && event.level === "debug") return;
    if (event.type === "step-started") this.#progressShown = -Infinity;
    if (event.type === "step-progress") {
      const { done, total } = event.progress;
      const isLast = total !== undefined && done >= total;
      if (!isLast && now - this.#progressShown < progressInterval) return;
      this.#progressShown = now;
    }
    for (const line of formatJsonEvent(event, new Date(now))) this.#logger.info(line);
  };

  readonly close = (): void => undefined;
}
