import { parseSync } from "oxc-parser";

/** How many branches can be told apart; those of all parsers are some thousands. */
const mostBranches = 65_536;

/** How often each branch was taken, up to 255 times, since it was last looked at. */
const hits = new Uint8Array(mostBranches);

/** The name under which instrumented code finds the counters. */
const globalName = "landfallFuzzHits";

let branches = 0;

/** A place in the text where something is put. */
interface Insertion {
  readonly at: number;
  readonly text: string;
}

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function count(): string {
  branches = (branches + 1) % mostBranches;
  return `fuzzHits[${branches}]++`;
}

function* aroundExpression(node: unknown): Generator<Insertion> {
  if (!isNode(node)) return;
  yield { at: node.start, text: `(${count()},` };
  yield { at: node.end, text: ")" };
}

function* aroundStatement(node: unknown): Generator<Insertion> {
  if (!isNode(node) || node.type === "BlockStatement") return;
  yield { at: node.start, text: `{${count()};` };
  yield { at: node.end, text: "}" };
}

/** What is put into the text for one node, not for those below it. */
function* insertionsOf(node: SyntaxNode): Generator<Insertion> {
  switch (node.type) {
    case "BlockStatement":
    case "FunctionBody":
      yield { at: node.start + 1, text: `${count()};` };
      return;
    case "SwitchCase": {
      const { consequent } = node;
      const first: unknown = Array.isArray(consequent) ? consequent[0] : undefined;
      if (isNode(first)) yield { at: first.start, text: `${count()};` };
      return;
    }
    case "ConditionalExpression":
      yield* aroundExpression(node.consequent);
      yield* aroundExpression(node.alternate);
      return;
    case "LogicalExpression":
      yield* aroundExpression(node.right);
      return;
    case "ArrowFunctionExpression":
      if (node.expression === true) yield* aroundExpression(node.body);
      return;
    case "IfStatement":
      yield* aroundStatement(node.consequent);
      yield* aroundStatement(node.alternate);
      return;
    case "ForStatement":
    case "ForOfStatement":
    case "WhileStatement":
      yield* aroundStatement(node.body);
  }
}

function* walk(value: unknown): Generator<Insertion> {
  if (Array.isArray(value)) {
    for (const each of value) yield* walk(each);
  } else if (isNode(value)) {
    const [before, after] = [[] as Insertion[], [] as Insertion[]];
    for (const insertion of insertionsOf(value)) {
      (insertion.text === ")" || insertion.text === "}" ? after : before).push(insertion);
    }
    yield* before;
    for (const child of Object.values(value)) if (typeof child === "object") yield* walk(child);
    yield* after;
  }
}

/** The text of a module with a counter in each branch. @throws Error for what is no TypeScript. */
function instrument(path: string, source: string): string {
  const { program, errors } = parseSync(path, source);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const insertions = [...walk(program)];
  const sorted = insertions
    .map((insertion, order) => ({ ...insertion, order }))
    .toSorted((one, other) => one.at - other.at || one.order - other.order);
  let [text, done] = [`const fuzzHits = globalThis.${globalName};`, 0];
  for (const insertion of sorted) {
    text += source.slice(done, insertion.at) + insertion.text;
    done = insertion.at;
  }
  return text + source.slice(done);
}

/**
 * Counts branches in every module that is loaded from now on and whose path fits. Bun has no counters that a running
 * program could read, so they are written into the text of the modules as they are loaded.
 */
export function countBranches(paths: RegExp): void {
  Object.defineProperty(globalThis, globalName, { value: hits });
  Bun.plugin({
    name: "fuzz-coverage",
    setup(build) {
      build.onLoad({ filter: paths }, async ({ path }) => ({
        contents: instrument(path, await Bun.file(path).text()),
        loader: "ts",
      }));
    },
  });
}

/** How often is as often, as AFL has it: 1, 2, 3, 4 to 7, 8 to 15, 16 to 31, 32 to 127, and more. */
function bucketOf(times: number): number {
  if (times < 4) return 1 << (times - 1);
  if (times < 8) return 8;
  if (times < 16) return 16;
  if (times < 32) return 32;
  return times < 128 ? 64 : 128;
}

/** What is known of the branches that inputs take. */
export class Coverage {
  readonly #seen = new Uint8Array(mostBranches);

  /** How many branches have been taken. */
  get branches(): number {
    return this.#seen.reduce((sum, buckets) => sum + (buckets === 0 ? 0 : 1), 0);
  }

  /** Takes the counters of one execution, which begin anew; whether something was new about them. */
  add(): boolean {
    let isNew = false;
    for (let branch = 0; branch <= branches; branch++) {
      const times = hits[branch] ?? 0;
      if (times === 0) continue;
      hits[branch] = 0;
      const bucket = bucketOf(times);
      const seen = this.#seen[branch] ?? 0;
      if ((seen & bucket) !== 0) continue;
      this.#seen[branch] = seen | bucket;
      isNew = true;
    }
    return isNew;
  }
}
