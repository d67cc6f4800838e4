/*
 * Asks for a secret as the installer does, and prints its bytes in hexadecimal: `ask-program.ts new|old`; with `examine`,
 * prints only what is found of it beforehand.
 */
import { errorMessage } from "../../../src/errors.ts";
import { interruptionSignal } from "../../../src/run/interruption.ts";
import { examineSecrets } from "../../../src/secrets/examine.ts";
import { readSecrets } from "../../../src/secrets/secrets.ts";

const source = { prompt: "Secret" };
const isNew = process.argv[2] === "new";
const use = { source, object: "luks.root.passphrase", kind: "passphrase", isNew } as const;
if (process.argv[2] === "examine") {
  console.log(`found ${JSON.stringify(await examineSecrets([use]))}`);
  process.exit(0);
}
try {
  using secrets = await readSecrets([use], { signal: interruptionSignal(), warn: console.log });
  console.log(`got ${Buffer.from(secrets.get(source)).toString("hex")}`);
} catch (error) {
  console.log(`failed: ${errorMessage(error)}`);
}
process.exit(0);
