/* Asks for a secret as the installer does, and prints its bytes in hexadecimal: `ask-program.ts new|old`. */
import { errorMessage } from "../../../src/errors.ts";
import { interruptionSignal } from "../../../src/run/interruption.ts";
import { readSecrets } from "../../../src/secrets/secrets.ts";

const source = { prompt: "Secret" };
const isNew = process.argv[2] === "new";
try {
  using secrets = await readSecrets(
    [{ source, object: "luks.root.passphrase", kind: "passphrase", isNew }],
    { signal: interruptionSignal(), warn: console.log },
  );
  console.log(`got ${Buffer.from(secrets.get(source)).toString("hex")}`);
} catch (error) {
  console.log(`failed: ${errorMessage(error)}`);
}
process.exit(0);
