import * as v from "valibot";
import { described, inJsonSchema } from "./described.ts";
import { absolutePath } from "./paths.ts";
import { MiB } from "./size.ts";
import { wholeNumber } from "./whole-number.ts";

/** The most bytes that a secret may have: what cryptsetup reads of a key file at most (`cryptsetup --help`). */
export const secretLimit = 8 * MiB;

/** Where the installer gets a secret from. The secret itself is never part of a manifest or a plan. */
export type SecretSource =
  | {
      /** A file or device of the live system, whose bytes are the secret as they are. */
      readonly file: string;
      /** Only its first bytes, that many: for devices, which have no end of their own. */
      readonly size?: number;
    }
  | {
      /** A variable of the installer's environment. */
      readonly env: string;
    }
  | {
      /** What somebody types at the terminal, asked for with this text. */
      readonly prompt: string;
    };

const kinds = ["file", "env", "prompt"] as const;

const table = v.strictObject({
  file: described(
    v.optional(absolutePath),
    "A file or device of the live system, whose bytes are the secret as they are.",
  ),
  size: described(
    v.optional(wholeNumber(1, secretLimit, "a whole number of bytes")),
    "Only the first bytes of the file, that many: for devices, which have no end of their own.",
  ),
  env: described(
    v.optional(
      v.pipe(
        v.string(),
        v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "expected the name of an environment variable"),
      ),
    ),
    "A variable of the installer's environment.",
  ),
  prompt: described(
    v.optional(
      v.pipe(v.string(), v.regex(/^[^\p{Cc}]+$/u, "expected a text of one line that is not empty")),
    ),
    "What somebody types at the terminal, asked for with this text.",
  ),
});

/** The one source that a checked table names. */
function sourceOf({ file, size, env, prompt }: v.InferOutput<typeof table>): SecretSource {
  if (env !== undefined) return { env };
  if (prompt !== undefined) return { prompt };
  return { file: file ?? "", ...(size === undefined ? {} : { size }) };
}

/** `{ file = "/path", size = BYTES }`, `{ env = "NAME" }` or `{ prompt = "text" }`. */
export const secretSource = v.pipe(
  table,
  v.check(
    (secret) => kinds.filter((kind) => secret[kind] !== undefined).length === 1,
    'expected one of { file = "/path" }, { env = "NAME" } and { prompt = "text" }',
  ),
  inJsonSchema({ oneOf: kinds.map((kind) => ({ required: [kind] })) }),
  v.check(
    (secret) => secret.size === undefined || secret.file !== undefined,
    "expected `size` only beside `file`",
  ),
  inJsonSchema({ dependencies: { size: ["file"] } }),
  v.transform(sourceOf),
);

/** How messages and plans call a source: `the file /run/keys/root`. */
export function describeSecret(source: SecretSource): string {
  if ("env" in source) return `the environment variable ${source.env}`;
  if ("prompt" in source) return `what is typed at "${source.prompt}"`;
  const { file, size } = source;
  return size === undefined ? `the file ${file}` : `the first ${size} bytes of ${file}`;
}
