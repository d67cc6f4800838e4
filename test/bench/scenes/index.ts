import { compressions } from "../closure/caches.ts";
import { loopbackScene } from "./loopback.ts";
import type { Scene } from "./scene.ts";

/** Every scene, in the order in which they are run. */
export const scenes: readonly Scene[] = [...compressions.map(loopbackScene)];
