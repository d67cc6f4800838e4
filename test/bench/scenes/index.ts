import { compressions } from "../closure/caches.ts";
import { fileSystemsScene } from "./file-systems.ts";
import { growthScene } from "./growth.ts";
import { farScene, latencyScene } from "./latency.ts";
import { loopbackScene } from "./loopback.ts";
import { machinesScene } from "./machines.ts";
import { memoryScene } from "./memory.ts";
import type { Scene } from "./scene.ts";
import { secondPullScene } from "./second-pull.ts";
import { walkScene } from "./walk.ts";

/** Every scene, in the order in which they are run. */
export const scenes: readonly Scene[] = [
  ...compressions.map(loopbackScene),
  farScene,
  growthScene,
  walkScene,
  memoryScene,
  secondPullScene,
  machinesScene,
  latencyScene,
  fileSystemsScene,
];
