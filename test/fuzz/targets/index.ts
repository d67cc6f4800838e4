import type { Target } from "../engine/target.ts";
import { decoderTargets } from "./decoders.ts";
import { initrdTarget, moduleIndexTarget } from "./initrd.ts";
import { manifestTarget } from "./manifest.ts";
import { narTarget } from "./nar.ts";
import { tarTarget } from "./tar.ts";
import {
  bootspecTarget,
  cacheInfoTarget,
  narInfoTarget,
  netrcTarget,
  pathInfoTarget,
  registrationTarget,
  tablesTarget,
} from "./texts.ts";

/** All parsers that are fuzzed. */
export const targets: readonly Target[] = [
  narTarget,
  narInfoTarget,
  cacheInfoTarget,
  tarTarget,
  manifestTarget,
  registrationTarget,
  netrcTarget,
  pathInfoTarget,
  bootspecTarget,
  tablesTarget,
  initrdTarget,
  moduleIndexTarget,
  ...decoderTargets,
];
