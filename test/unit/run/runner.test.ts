import { expect, test } from "bun:test";
import { join } from "node:path";
import { InstallerError } from "../../../src/errors.ts";
import type { RunEvent } from "../../../src/run/events.ts";
import { RunLog } from "../../../src/run/log.ts";
import { runSteps } from "../../../src/run/runner.ts";
import type { StepContext, StepData, StepDefinition } from "../../../src/run/step.ts";
import { StepError } from "../../../src/run/step-error.ts";
import { scratchDirectory } from "../../support/scratch.ts";

interface TestStep extends StepData {
  readonly run: (context: StepContext) => Promise<void>;
}

const definition: StepDefinition<TestStep> = {
  kind: "test",
  reason: "disk",
  describe: ({ id }) => `Do ${id}`,
  commands: () => [],
  run: (data, context) => data.run(context),
};

function step(id: string, work: TestStep["run"]): TestStep {
  return { kind: "test", id, run: work };
}

/** Runs steps and gives the events' types, what else happened in order, the error and the log. */
async function run(steps: readonly TestStep[], signal = new AbortController().signal) {
  await using scratch = await scratchDirectory("runner");
  const log = new RunLog(join(scratch.path, "log"));
  const events: RunEvent[] = [];
  let atEnd = false;
  const error: unknown = await runSteps({
    steps,
    definitionOf: ({ id }) => (id === "write" ? { ...definition, writesDisk: true } : definition),
    signal,
    emit: (event) => events.push(event),
    log,
    secret: () => new Uint8Array(),
    beforeRelease: async () => {
      atEnd = true;
    },
  }).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  return { events, error, atEnd, log: await Bun.file(log.path).text() };
}

test("steps run in order, and what they hold is released in reverse order at the end", async () => {
  const order: string[] = [];
  const holding = (name: string) =>
    step(name, async (context) => {
      order.push(name);
      context.hold(name, async () => {
        order.push(`release ${name}`);
      });
    });
  const { events, error, atEnd } = await run([holding("a"), holding("b")]);
  expect(error).toBeUndefined();
  expect(atEnd).toBeTrue();
  expect(order).toEqual(["a", "b", "release b", "release a"]);
  expect(events[0]).toEqual({
    type: "plan",
    steps: [
      { id: "a", title: "Do a" },
      { id: "b", title: "Do b" },
    ],
  });
  expect(events.slice(1).map(({ type }) => type)).toEqual([
    "step-started",
    "step-finished",
    "step-started",
    "step-finished",
  ]);
});

test("a step that fails ends the run with its name, after everything held is released", async () => {
  let released = false;
  const { error, events, atEnd } = await run([
    step("mount", async (context) => {
      context.hold("/mnt", async () => {
        released = true;
      });
    }),
    step("pull", async () => {
      throw new InstallerError("cache", "404", { object: "a path", hint: "Push it." });
    }),
    step("never", async () => {
      throw new Error("this step must not run");
    }),
  ]);
  expect(released).toBeTrue();
  expect(atEnd).toBeFalse();
  expect(error).toBeInstanceOf(StepError);
  expect(error).toMatchObject({
    reason: "cache",
    message: "404",
    object: "a path",
    hint: "Push it.",
    step: { id: "pull", title: "Do pull" },
  });
  expect(events.at(-1)?.type).toBe("step-failed");
});

test("an error without a reason of its own gets the step's", async () => {
  const { error } = await run([
    step("format", async () => {
      throw new Error("EIO");
    }),
  ]);
  expect(error).toMatchObject({ reason: "disk", exitCode: 5 });
});

test("no disk untouched is promised once one was written", async () => {
  const refused = step("late", async () => {
    throw new InstallerError("refused", "not this one");
  });
  expect((await run([refused])).error).toMatchObject({ exitCode: 4 });
  expect((await run([step("write", async () => {}), refused])).error).toMatchObject({
    exitCode: 5,
  });
});

test("an interruption ends the run as interrupted", async () => {
  const controller = new AbortController();
  const { error } = await run(
    [
      step("slow", async (context) => {
        controller.abort(new InstallerError("interrupted", "interrupted by SIGINT"));
        await context.exec(["sleep", "60"]);
      }),
    ],
    controller.signal,
  );
  expect(error).toMatchObject({ exitCode: 130, message: "interrupted by SIGINT" });
});

test("what cannot be released is told beside the error, and does not keep the rest open", async () => {
  let released = false;
  const { error } = await run([
    step("a", async (context) => {
      context.hold("the disk", async () => {
        released = true;
      });
      context.hold("the mount", async () => {
        throw new Error("busy");
      });
      throw new Error("failed");
    }),
  ]);
  expect(released).toBeTrue();
  expect(error).toBeInstanceOf(AggregateError);
  const { errors } = error as AggregateError;
  expect(errors.map(String).join("\n")).toContain("could not close again: the mount: busy");
});

test("commands, their output, their end and how long they took are in the log", async () => {
  const { log } = await run([
    step("a", async (context) => {
      await context.exec(["echo", "some output"]);
      await context.exec(["sh", "-c", "echo trouble >&2; exit 4"]);
    }),
  ]);
  const lines = log.trimEnd().replaceAll(/^\S+Z #\d+ /gm, "");
  expect(lines.replaceAll(/ \d\.\d{3} s$/gm, " TIME")).toBe(
    [
      "$ echo 'some output'",
      "| some output",
      "exit status 0 after TIME",
      "$ sh -c 'echo trouble >&2; exit 4'",
      "| trouble",
      "sh ended with exit status 4 after TIME",
    ].join("\n"),
  );
});

test("a run that an unforeseen error breaks off ends as a bug, not as an interruption", async () => {
  const controller = new AbortController();
  const { error } = await run(
    [
      step("slow", async (context) => {
        const cause = new TypeError("undefined is not an object");
        controller.abort(new InstallerError("bug", cause.message, { cause }));
        await context.exec(["sleep", "60"]);
      }),
    ],
    controller.signal,
  );
  expect(error).toMatchObject({ exitCode: 1, message: "undefined is not an object" });
});
