/*
 * A program that pulls as the install command does, to be killed:
 * bun pull-program.ts TOPLEVEL CACHE PUBLIC-KEY ROOT [optimise]
 */
import { pullAndRegister } from "../../../src/cache/pull-and-register.ts";
import { walkClosure } from "../../../src/cache/walk.ts";

const [toplevel = "", cache = "", key = "", root = "", optimise] = process.argv.slice(2);
const { signal } = new AbortController();
const closure = await walkClosure({
  toplevel,
  substituters: [cache],
  trustedPublicKeys: [key],
  requireSignatures: true,
  connections: 8,
  signal,
});
const { fetched, kept, redone, mended } = await pullAndRegister({
  closure,
  root,
  connections: 8,
  autoOptimise: optimise === "optimise",
  signal,
});
process.stdout.write(JSON.stringify({ fetched, kept, redone, mended }));
