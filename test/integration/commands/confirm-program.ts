/* Asks whether data may be lost as the installer does: `confirm-program.ts PLAN [--yes]`, a plan of the golden tests. */
import { confirmLoss } from "../../../src/commands/confirm.ts";
import { errorMessage, exitCodeOf } from "../../../src/errors.ts";
import { interruptionSignal } from "../../../src/run/interruption.ts";
import { writeText } from "../../../src/run/terminal/write.ts";

const [file = "", yes] = process.argv.slice(2);
const say = (text: string) => writeText(1, `${text}\n`);
try {
  await confirmLoss(await Bun.file(file).json(), yes === "--yes", {
    signal: interruptionSignal(),
    emit: (event) => say(JSON.stringify(event)),
  });
  say("GOES ON");
} catch (error) {
  say(`ENDS with ${exitCodeOf(error)}: ${errorMessage(error)}`);
}
process.exit(0);
