export { serveDirectory } from "../support/nginx.ts";
export type { BootedSystem } from "./booted-system.ts";
export { liveImage } from "./live-image.ts";
export type { LiveSystem } from "./live-system.ts";
export { type Machine, machine } from "./machine.ts";
