import { join } from "node:path";
import { parseKeyValues, readAttribute } from "./sysfs.ts";

/** Parses a file of udev's database: its properties are the lines that begin with `E:`. */
export function parseUdevProperties(text: string): Map<string, string> {
  const properties = text.split("\n").filter((line) => line.startsWith("E:"));
  return parseKeyValues(properties.map((line) => line.slice(2)).join("\n"));
}

/** What udev knows of a block device; empty where there is no udev. @param number `major:minor` */
export async function readUdevProperties(
  number: string,
  run = "/run",
): Promise<Map<string, string>> {
  const text = await readAttribute(join(run, "udev/data", `b${number}`));
  return parseUdevProperties(text ?? "");
}
