import { expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { exec } from "../../../src/run/command.ts";

setDefaultTimeout(30_000);

const program = join(import.meta.dir, "ask-program.ts");

/** Runs the program, then shows the terminal's modes. */
const script = 'trap : INT; "$@"; stty -a';

/** The program on a terminal of its own. */
class Dialogue implements AsyncDisposable {
  readonly #decoder = new TextDecoder();
  #shown = "";
  #changed = Promise.withResolvers<void>();
  readonly #child: Bun.Subprocess;

  constructor(...argv: readonly string[]) {
    this.#child = Bun.spawn(["sh", "-c", script, "sh", process.execPath, program, ...argv], {
      terminal: {
        data: (_, bytes) => {
          this.#shown += this.#decoder.decode(bytes, { stream: true });
          this.#changed.resolve();
        },
      },
    });
  }

  /** Everything the terminal has shown. */
  get shown(): string {
    return this.#shown;
  }

  async shows(text: string, times = 1): Promise<void> {
    while (this.#shown.split(text).length <= times) {
      await this.#changed.promise;
      this.#changed = Promise.withResolvers();
    }
  }

  type(text: string): void {
    this.#child.terminal?.write(text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child.exited;
    this.#child.terminal?.close();
  }
}

test("a new secret is asked for twice, and never shown", async () => {
  await using dialogue = new Dialogue("new");
  await dialogue.shows("Secret: ");
  dialogue.type("hüsh \n");
  await dialogue.shows("Secret (again): ");
  dialogue.type("hüsh \n");
  await dialogue.shows("got 68c3bc736820");
  expect(dialogue.shown).not.toContain("sh ");
});

test("two that differ are asked for again", async () => {
  await using dialogue = new Dialogue("new");
  await dialogue.shows("Secret: ");
  dialogue.type("one\n");
  await dialogue.shows("again): ");
  dialogue.type("two\n");
  await dialogue.shows("not the same");
  await dialogue.shows("Secret: ", 2);
  dialogue.type("three\n");
  await dialogue.shows("again): ", 2);
  dialogue.type("three\n");
  await dialogue.shows(`got ${Buffer.from("three").toString("hex")}`);
});

test("one that something knows already is asked for once; an empty one is refused", async () => {
  await using dialogue = new Dialogue("old");
  await dialogue.shows("Secret: ");
  dialogue.type("\n");
  await dialogue.shows("failed: the secret is empty");
});

test("an interruption ends the wait, and the terminal shows again what is typed", async () => {
  await using dialogue = new Dialogue("new");
  await dialogue.shows("Secret: ");
  dialogue.type("\x03");
  await dialogue.shows("failed: interrupted by SIGINT");
  await dialogue.shows(" echo ");
});

test("without a terminal it is refused", async () => {
  const { stdout } = await exec([process.execPath, program, "new"]);
  expect(stdout).toStartWith('failed: there is no terminal to ask "Secret" on');
});
