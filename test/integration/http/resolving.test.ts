import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { outcomeOf, spawnBound } from "../../support/process.ts";
import type { Outcome } from "./resolving-program.ts";

/* Names that do not resolve at once, and servers with addresses of IPv6 that lead nowhere. */

setDefaultTimeout(60_000);

let outcomes: Map<string, Outcome>;

beforeAll(async () => {
  const program = join(import.meta.dir, "resolving-program.ts");
  const namespaces = ["unshare", "--mount", "--net", "--propagation", "private"];
  const child = spawnBound([...namespaces, process.execPath, program], import.meta.dir);
  const { exitCode, stdout, stderr } = await outcomeOf(child);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  const told: Outcome[] = JSON.parse(stdout);
  outcomes = new Map(told.map((outcome) => [outcome.host, outcome]));
}, 60_000);

test.each(["plain.test", "unrouted.test", "dropped.test"])(
  "%s is reached over IPv4 at once, wherever its addresses of IPv6 lead",
  (host) => {
    const outcome = outcomes.get(host);
    expect(outcome).toMatchObject({ text: "here", retries: [] });
    expect(outcome?.seconds).toBeLessThan(2);
  },
);

test("a name that cannot be looked up for a moment is looked up again", () => {
  const outcome = outcomes.get("moment.test");
  expect(outcome?.text).toBe("here");
  expect(outcome?.retries.length).toBeGreaterThan(0);
  expect(outcome?.retries[0]).toContain("the host name cannot be looked up");
});

test("a name that nobody has, or can look up, is said to be such", () => {
  expect(outcomes.get("nowhere.test")?.problem).toContain(
    "the host name is unknown to the name servers",
  );
  expect(outcomes.get("dead.test")?.problem).toContain("no name server answers");
});
