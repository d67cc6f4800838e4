import { noProgress } from "../../disk/progress.ts";
import { disksToWipe } from "../../disk/safety/judge.ts";
import { judgeLostFiles } from "../../disk/safety/lost-files.ts";
import type { Finding } from "../../findings/finding.ts";
import type { MachineInputs } from "./inputs.ts";

/** Whether the portable store's tarball will still be there when it is unpacked. Pure. */
export function judgeTarballPlace({
  manifest,
  facts,
  progress = noProgress,
}: MachineInputs): Finding[] {
  const path = manifest["portable-store"]?.tarball;
  if (path?.startsWith("/") !== true) return [];
  const files = [{ object: "portable-store.tarball", path }];
  return judgeLostFiles(files, disksToWipe(manifest.disk, facts, progress), facts);
}
