import { stripVTControlCharacters } from "node:util";
import * as v from "valibot";

/** `actCopyPath` and `resProgress` of `src/libutil/logging.hh` of Nix. */
const copyPathActivity = 100;
const progressResult = 105;

/** `lvlError` and `lvlWarn` there. */
const errorLevel = 0;
const warningLevel = 1;

const fields = v.optional(v.array(v.union([v.string(), v.number()])), []);

/** The records of `--log-format internal-json`, as far as they matter here (`JSONLogger` in `logging.cc`). */
const record = v.variant("action", [
  v.object({ action: v.literal("start"), id: v.number(), type: v.number(), fields }),
  v.object({ action: v.literal("stop"), id: v.number() }),
  v.object({ action: v.literal("result"), id: v.number(), type: v.number(), fields }),
  v.object({ action: v.literal("msg"), level: v.number(), msg: v.string() }),
]);

/** Who is told what a copy does. */
export interface CopyListener {
  /** Bytes of a path's NAR that have been copied so far. */
  readonly onCopied: (storePath: string, bytes: number) => void;
  readonly onStopped: (storePath: string) => void;
  /** What Nix, or a program that it runs, says. */
  readonly onMessage: (level: "error" | "warning" | "other", text: string) => void;
}

/** Follows a `nix copy --log-format internal-json`, whose standard error has a record per line between other lines. */
export class CopyLog {
  readonly #listener: CopyListener;
  /** Store paths that are being copied, by the number of the activity. */
  readonly #copying = new Map<number, string>();

  constructor(listener: CopyListener) {
    this.#listener = listener;
  }

  /** The store paths that were being copied when it ended. */
  get unfinished(): readonly string[] {
    return [...this.#copying.values()];
  }

  line(line: string): void {
    const json = /^@nix (?<json>\{.*\})$/.exec(line)?.groups?.json;
    if (json === undefined) this.#say("other", line);
    else this.#record(parseJson(json));
  }

  #say(level: "error" | "warning" | "other", message: string): void {
    const text = stripVTControlCharacters(message).trim();
    if (text !== "") this.#listener.onMessage(level, text);
  }

  #record(json: unknown): void {
    const parsed = v.safeParse(record, json);
    if (!parsed.success) return;
    const { output } = parsed;
    switch (output.action) {
      case "start": {
        const [storePath] = output.fields;
        if (output.type !== copyPathActivity || typeof storePath !== "string") return;
        this.#copying.set(output.id, storePath);
        return;
      }
      case "result": {
        const [bytes] = output.fields;
        const storePath = this.#copying.get(output.id);
        if (storePath === undefined || typeof bytes !== "number") return;
        if (output.type === progressResult) this.#listener.onCopied(storePath, bytes);
        return;
      }
      case "stop": {
        const storePath = this.#copying.get(output.id);
        this.#copying.delete(output.id);
        if (storePath !== undefined) this.#listener.onStopped(storePath);
        return;
      }
      case "msg":
        if (output.level === errorLevel) this.#say("error", output.msg);
        else this.#say(output.level === warningLevel ? "warning" : "other", output.msg);
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
