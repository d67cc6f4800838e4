import { within } from "./deadline.ts";
import type { LoginConsole } from "./login-console.ts";
import type { Qemu } from "./qemu.ts";

/** A machine that boots from its own disks. All that is known of it is what its serial console prints. */
export class BootedSystem {
  readonly #qemu: Qemu;

  constructor(qemu: Qemu) {
    this.#qemu = qemu;
  }

  /** Where it prints, and where one can log in. */
  get console(): LoginConsole {
    return this.#qemu.console;
  }

  /**
   * Runs `systemctl poweroff` in the login session and resolves when the machine is off.
   *
   * @throws DeadlineError
   */
  async powerOff({ timeout = 120 }: { timeout?: number } = {}): Promise<void> {
    this.console.send("systemctl poweroff\n");
    await this.ended({ timeout });
  }

  /** Pulls the plug. */
  async powerCut(): Promise<void> {
    await this.#qemu[Symbol.asyncDispose]();
  }

  /** Waits until the machine has stopped of itself, for 60 seconds unless given; returns the reason in words. */
  async ended({ timeout = 60 }: { timeout?: number } = {}): Promise<string> {
    return await within(this.#qemu.ended, timeout, () =>
      this.console.describe("the machine did not stop"),
    );
  }
}
