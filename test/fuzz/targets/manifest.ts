import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseManifest, parsePullManifest } from "../../../src/manifest/parse.ts";
import { withoutSecrets } from "../../../src/manifest/without-secrets.ts";
import { ManifestError } from "../../../src/manifest-error.ts";
import { formatError } from "../../../src/run/format-error.ts";
import { must, Refusal, type Target } from "../engine/target.ts";

const checkout = join(import.meta.dir, "..", "..", "..");
const gallery = join(checkout, "test", "gallery");

/** What a terminal acts on. */
const control = /(?![\n\t])[\p{Cc}\p{Cf}]/u;

function check(parse: () => unknown): ManifestError | undefined {
  try {
    parse();
    return undefined;
  } catch (error) {
    if (!(error instanceof ManifestError)) throw error;
    const shown = formatError(error, { colour: false });
    must(!control.test(shown), "the message has characters that a terminal acts on");
    must(error.problems.length > 0, "it is refused for no reason");
    return error;
  }
}

/** Manifests, with all that is told about those that are wrong. */
export const manifestTarget: Target = {
  name: "manifest",
  seeds: () => [
    readFileSync(join(checkout, "install.toml.example")),
    ...readdirSync(gallery)
      .filter((name) => name.endsWith(".toml"))
      .map((name) => readFileSync(join(gallery, name))),
  ],
  dictionary: [
    "[disk.main]",
    "[[disk.main.partition]]",
    "[filesystem.root]",
    "[system]",
    "[luks.x]",
  ]
    .concat([
      "[cache]",
      "size = ",
      "device = ",
      "__proto__",
      "constructor",
      "prototype",
      "\u001b[2J",
    ])
    .concat(["toplevel = ", '"', "'", '"""', "'''", "[", "]", "{", "}", "[[", "]]", ".", ",", "="])
    .concat(["\n", "\r\n", "#", "true", "1979-05-27", "0x", "1e400", "nan", "-", "\\u0000", "\\"])
    .concat([
      "mount-point = ",
      "use = ",
      "type = ",
      "passphrase = { prompt = ",
      "100%",
      "\u00e2\u0080\u00ae",
    ]),
  longest: 8 * 1024,
  milliseconds: 1500,
  run: (input) => {
    const source = { file: "install.toml", text: input.toString() };
    const refused = check(() => parseManifest(source));
    check(() => parsePullManifest(source));
    withoutSecrets(source.text);
    if (refused !== undefined) throw new Refusal(refused);
  },
};
