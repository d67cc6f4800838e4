import { randomUUID } from "node:crypto";
import { Console } from "./console.ts";

/** What came of a command typed at the console. */
export interface CommandResult {
  readonly exitCode: number;
  /** What it printed; kernel messages may stand between. */
  readonly output: string;
}

/** A serial console that may have a getty on it. */
export class LoginConsole extends Console {
  /**
   * Waits for the login prompt and logs in, to a shell without prompt and echo; only the kernel's worst
   * messages still come through.
   *
   * @param timeout Seconds until the login prompt must be there, 180 unless given.
   * @throws DeadlineError; Error if the login is refused
   */
  async login(
    user: string,
    password: string,
    { timeout = 180 }: { timeout?: number } = {},
  ): Promise<void> {
    await this.expect(/login: /, { timeout });
    this.send(`${user}\n`);
    await this.expect(/[Pp]assword: /);
    this.send(`${password}\n`);
    const [answer] = await this.expect(/Login incorrect|[#$] /);
    if (answer === "Login incorrect") {
      throw new Error(this.describe(`${user} could not log in`));
    }
    // What is typed is echoed until stty has run: the mark must not stand in it.
    const mark = randomUUID();
    const [start, end] = [mark.slice(0, 18), mark.slice(18)];
    this.send(
      `stty -echo; dmesg -n 3; PS1= PS2= PROMPT_COMMAND=; printf '%s%s\\n' ${start} ${end}\n`,
    );
    await this.expect(new RegExp(`${mark}\n`));
  }

  /**
   * Runs a command in the session that {@link login} began.
   *
   * @param command One or more lines of shell, none longer than 4000 bytes (the terminal's limit).
   * @throws DeadlineError if it has not ended after `timeout` seconds (60)
   */
  async run(command: string, { timeout = 60 }: { timeout?: number } = {}): Promise<CommandResult> {
    const mark = randomUUID();
    this.send(
      `printf '\\n%s\\n' ${mark}; { ${command}\n} </dev/null; printf '\\n%s %s\\n' ${mark} $?\n`,
    );
    const pattern = new RegExp(`\n${mark}\n([^]*?)\n${mark} (\\d+)\n`);
    const [, output = "", exitCode] = await this.expect(pattern, { timeout });
    return { exitCode: Number(exitCode), output };
  }
}
