import { expect, setDefaultTimeout, test } from "bun:test";
import { Fuzzer } from "../../fuzz/engine/fuzzer.ts";
import { must, Refusal, type Target } from "../../fuzz/engine/target.ts";

/* That the fuzzer finds what it is there for, in a parser that has it. */

setDefaultTimeout(60_000);

function fuzz(run: Target["run"], further: Partial<Target> = {}) {
  const target: Target = {
    name: "planted",
    seeds: () => [Buffer.from("key: value\n")],
    dictionary: ["__proto__", "\0"],
    run,
    ...further,
  };
  const tried: number[] = [];
  const fuzzer = new Fuzzer(target, {
    seed: 7,
    seconds: 1,
    corpus: [],
    onInput: (input) => tried.push(input.length),
  });
  const result = fuzzer.run();
  return { result, tried, shortened: result.failures.map((each) => fuzzer.shorten(each)) };
}

test("an error that the parser does not document is found, and its input made short", () => {
  const { result, shortened } = fuzz((input) => {
    if (input.includes("__proto__")) throw new TypeError("it is no function");
  });
  expect(result.failures.map(({ message }) => message.split("\n")[0])).toEqual([
    "TypeError: it is no function",
  ]);
  expect(shortened.map((input) => Buffer.from(input).toString())).toEqual(["__proto__"]);
});

test("a refusal is no failure, a property that does not hold is one", () => {
  const { result } = fuzz((input) => {
    if (input.length > 20) throw new Refusal(new Error("too long"));
    must(!input.includes(0), "a NUL came through");
  });
  expect(result.failures.map(({ message }) => message.split("\n")[0])).toEqual([
    "PropertyError: a NUL came through",
  ]);
  expect(result.accepted).toBeGreaterThan(0);
});

function burn(milliseconds: number): void {
  const start = process.cpuUsage();
  const bytes = new Uint8Array(2 ** 20);
  // Mostly time of its own, not of the kernel that is asked for it.
  while (process.cpuUsage(start).user / 1000 < milliseconds) Bun.hash(bytes);
}

test("an input that takes too long is found, one that takes long once is not", () => {
  let isFirst = true;
  const once = fuzz(
    () => {
      if (isFirst) burn(150);
      isFirst = false;
    },
    { milliseconds: 100 },
  );
  expect(once.result.failures).toEqual([]);
  const seed = Buffer.from("slow");
  const always = fuzz((input) => (input.equals(seed) ? burn(150) : undefined), {
    milliseconds: 100,
    seeds: () => [seed],
  });
  expect(always.result.failures.map(({ signature }) => signature)).toEqual(["time"]);
});

test("a parser that writes to the prototype of all objects is found", () => {
  const { result } = fuzz((input) => {
    Reflect.deleteProperty(Object.prototype, "planted");
    const tables: Record<string, Record<string, boolean>> = {};
    const name = /^\w+/.exec(input.toString())?.[0] ?? "";
    const table = tables[name] ?? {};
    table.planted = true;
  });
  Reflect.deleteProperty(Object.prototype, "planted");
  expect(result.failures.map(({ signature }) => signature)).toEqual(["prototype"]);
});

test("every input is told before it is tried, and the same seed makes the same ones", () => {
  const [one, other] = [fuzz(() => undefined), fuzz(() => undefined)];
  expect(one.tried.length).toBeGreaterThan(100);
  const both = Math.min(one.tried.length, other.tried.length);
  expect(one.tried.slice(0, both)).toEqual(other.tried.slice(0, both));
});
