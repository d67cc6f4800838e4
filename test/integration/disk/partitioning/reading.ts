import { exec } from "../../../../src/run/command.ts";

/** What blkid reads of a device and of its entry in the partition table; empty when it finds nothing. */
export async function blkid(device: string): Promise<Map<string, string>> {
  const { stdout } = await exec(["blkid", "-p", "-o", "export", device], {
    allowedExitCodes: [0, 2],
  });
  const lines = stdout.split("\n").filter((line) => line.includes("="));
  return new Map(
    lines.map((line) => [
      line.slice(0, line.indexOf("=")),
      line.slice(line.indexOf("=") + 1).replaceAll("\\", ""),
    ]),
  );
}

/** What sgdisk, which shares no code with sfdisk, says of one partition: `Partition name`, `Attribute flags` … */
export async function sgdiskInfo(disk: string, number: number): Promise<Map<string, string>> {
  const { stdout } = await exec(["sgdisk", `--info=${number}`, disk]);
  return new Map(
    stdout
      .trim()
      .split("\n")
      .map((line) => [line.split(": ")[0] ?? "", line.slice(line.indexOf(": ") + 2)]),
  );
}

/** What sgdisk says of a whole table: `No problems found` when it has nothing against it. */
export async function sgdiskVerdict(disk: string): Promise<string> {
  return (await exec(["sgdisk", "--verify", disk])).stdout;
}
