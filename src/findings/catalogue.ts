import type { FindingKinds } from "./finding-kind.ts";
import { bootKinds } from "./kinds/boot.ts";
import { diskKinds } from "./kinds/disks.ts";
import { initrdKinds } from "./kinds/initrd.ts";
import { layoutKinds } from "./kinds/layout.ts";
import { loaderKinds } from "./kinds/loader.ts";
import { machineKinds } from "./kinds/machine.ts";
import { manifestKinds } from "./kinds/manifest.ts";
import { networkKinds } from "./kinds/network.ts";
import { secretKinds } from "./kinds/secrets.ts";
import { storageKinds } from "./kinds/storage.ts";
import { systemKinds } from "./kinds/system.ts";

/** Every finding there is, by its identifier, which never changes its meaning. `docs/findings.md` is this list. */
export const findingKinds = {
  ...machineKinds,
  ...secretKinds,
  ...networkKinds,
  ...diskKinds,
  ...storageKinds,
  ...systemKinds,
  ...layoutKinds,
  ...bootKinds,
  ...loaderKinds,
  ...initrdKinds,
  ...manifestKinds,
} as const satisfies FindingKinds;

/** The identifier of a finding. */
export type FindingId = keyof typeof findingKinds;

/** The same findings by subject, in the order in which they are told. */
export const findingGroups: readonly { readonly title: string; readonly kinds: FindingKinds }[] = [
  { title: "The machine", kinds: machineKinds },
  { title: "Secrets", kinds: secretKinds },
  { title: "The network and the caches", kinds: networkKinds },
  { title: "Disks", kinds: diskKinds },
  { title: "Partitions, file systems and mounts", kinds: storageKinds },
  { title: "The system to be installed", kinds: systemKinds },
  { title: "What the system expects of its disks", kinds: layoutKinds },
  { title: "Firmware", kinds: bootKinds },
  { title: "The boot loader", kinds: loaderKinds },
  { title: "The initrd", kinds: initrdKinds },
  { title: "The manifest", kinds: manifestKinds },
];
