import { expect, test } from "bun:test";
import { serveDirectory } from "../../support/nginx.ts";
import { systemFixture } from "../../system/index.ts";
import { machine } from "../index.ts";
import { layoutManifest } from "../layouts/fill-in.ts";
import { hostAddress, installDeadline, scenarioTimeout } from "./scenario.ts";

/** For `npm run test:vm:all`: that what Secure Boot is refused for would happen. */
const titles =
  process.env.LANDFALL_LAYOUTS === "all"
    ? ["Secure Boot: firmware does not start an unsigned boot loader whose install was allowed"]
    : [];

for (const title of titles) {
  test(
    title,
    async () => {
      const fixture = await systemFixture();
      await using cache = await serveDirectory(fixture.layoutCache);
      await using computer = await machine({
        name: "secure-boot",
        firmware: "uefi",
        secureBoot: true,
        disks: [{ name: "main", size: 2048 }],
      });
      const manifest = await layoutManifest("uefi-ext4", {
        "@toplevel@": fixture.layouts["uefi-ext4"],
        "@substituter@": cache.url(hostAddress),
        "@public-key@": fixture.publicKey,
      });
      const allowed = `allow = ["preflight/secure-boot"]\n${manifest.replace(/\[portable-store\][^[]*/, "")}`;
      const live = await computer.live();
      const installed = await live.install({ manifest: allowed, timeout: installDeadline });
      expect(installed).toMatchObject({ exitCode: 0 });
      expect(installed.output.replaceAll(/\s+/g, " ")).toContain(
        "the firmware will refuse to start it (allowed by the manifest)",
      );
      await live.powerOff();

      const { console } = await computer.bootDisk();
      await console.expect(/failed to load Boot\d+ "Linux Boot Manager" .*: Access Denied/);
    },
    scenarioTimeout,
  );
}
