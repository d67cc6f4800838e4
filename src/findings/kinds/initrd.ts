import type { FindingKinds } from "../finding-kind.ts";

/** What is found about the initrd of the system to be installed. */
export const initrdKinds = {} as const satisfies FindingKinds;
