import * as v from "valibot";

const reportSchema = v.object({
  report: v.array(
    v.object({ lv: v.array(v.object({ lv_name: v.string(), lv_size: v.string() })) }),
  ),
});

/** The command that lists the volumes of a group with their sizes (lvmreport(7)). */
export function volumeReport(group: string, configuration: string): readonly string[] {
  return [
    "lvs",
    "--config",
    configuration,
    "--reportformat",
    "json",
    "--units",
    "b",
    "--nosuffix",
    "--options",
    "lv_name,lv_size",
    group,
  ];
}

/**
 * In what a group differs from what it is to be; `undefined` if in nothing.
 *
 * @param text What {@link volumeReport} printed.
 * @param volumes Sizes in bytes.
 */
export function groupDifference(
  text: string,
  group: string,
  volumes: readonly { readonly name: string; readonly size: number }[],
): string | undefined {
  const { report } = v.parse(reportSchema, JSON.parse(text));
  const found = new Map(
    report.flatMap(({ lv }) => lv.map(({ lv_name, lv_size }) => [lv_name, Number(lv_size)])),
  );
  for (const { name, size } of volumes) {
    const actual = found.get(name);
    if (actual === undefined) return `the volume group ${group} has no volume ${name}`;
    if (actual !== size) {
      return `the volume ${name} of ${group} has ${actual} bytes instead of ${size}`;
    }
  }
  return undefined;
}
