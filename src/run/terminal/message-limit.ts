import type { RunEvent } from "../events.ts";

/** Messages that may come at once, and milliseconds after which another one may. */
const burst = 20;
const refillInterval = 2000;

/**
 * Lets through as many messages as a serial line of 9600 baud (1000 characters a second) can take without holding up
 * the run: what writes to it waits until it is written. Everything else is let through, and so is what the log has.
 */
export class MessageLimit {
  readonly #now: () => number;
  #tokens = burst;
  #filled: number;
  #held = 0;

  /** @param now A clock in milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
    this.#filled = now();
  }

  /** The events to show for one that has happened: it, none, or before it how many were not shown. */
  pass(event: RunEvent): readonly RunEvent[] {
    if (event.type === "message" && event.level !== "debug" && !this.#take()) {
      this.#held++;
      return [];
    }
    if (this.#held === 0 || event.type === "step-progress") return [event];
    const count = this.#held === 1 ? "1 more message is" : `${this.#held} more messages are`;
    const text = `${count} in the log`;
    this.#held = 0;
    return [{ type: "message", level: "info", text }, event];
  }

  #take(): boolean {
    const now = this.#now();
    const refill = Math.floor((now - this.#filled) / refillInterval);
    if (refill > 0) {
      this.#tokens = Math.min(burst, this.#tokens + refill);
      this.#filled = now;
    }
    if (this.#tokens === 0) return false;
    this.#tokens--;
    return true;
  }
}
