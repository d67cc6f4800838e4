import { duplicates } from "./duplicates.ts";
import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import { type DeviceOutline, type Outline, textAt } from "./outline.ts";

/** Names of objects that others refer to: references do not say of which table they are. */
function checkObjectNames({ objects }: Outline): Finding[] {
  const referable = objects.filter(({ kind, values }) => kind.gives(values) !== "nothing");
  const taken = duplicates(
    referable,
    ({ name }) => name,
    ({ path, name }, first): Finding => ({
      path,
      side: "key",
      message: `${formatKeyPath(first.path)} has the name ${JSON.stringify(name)} already`,
      also: first.path,
      expected: "a name of its own: a reference to it could mean either",
    }),
  );
  const reserved = referable.flatMap(({ path, name, kind }): Finding[] => {
    const reason = kind.refusesName?.(name);
    if (reason === undefined) return [];
    return [
      {
        path,
        side: "key",
        message: `${kind.what} cannot be named ${JSON.stringify(name)}: ${reason}`,
      },
    ];
  });
  return [...taken, ...reserved];
}

function checkPartNames({ objects }: Outline): Finding[] {
  return objects.flatMap((object) =>
    duplicates(
      object.parts,
      ({ name }) => name,
      ({ path, name }, first): Finding => ({
        path: [...path, "name"],
        side: "value",
        message: `${formatKeyPath(object.path)} has two ${object.kind.parts?.what}s named ${JSON.stringify(name)}`,
        also: first.path,
      }),
    ),
  );
}

function nameInMapper({ object, part }: DeviceOutline): string | undefined {
  return object.kind.mapperName?.(object.name, part?.name);
}

function checkMapperNames({ devices }: Outline): Finding[] {
  return duplicates(
    devices.values(),
    nameInMapper,
    (device, first): Finding => ({
      path: device.path,
      side: "key",
      message: `"${device.reference}" and "${first.reference}" are both /dev/mapper/${nameInMapper(device)}`,
      also: first.path,
    }),
  );
}

/** Labels of what is on devices: `/dev/disk/by-label` has one of each. */
function checkLabels({ objects }: Outline): Finding[] {
  return duplicates(
    objects.filter(({ table }) => table !== "disk"),
    ({ values }) => textAt(values, ["label"]),
    ({ path, values }, first): Finding => ({
      path: [...path, "label"],
      side: "value",
      message: `${formatKeyPath(first.path)} has the label ${JSON.stringify(values.label)} already`,
      also: [...first.path, "label"],
    }),
  );
}

/** Two disks of one device, or of one description, which only one disk can answer to. */
function checkDiskDevices({ objects }: Outline): Finding[] {
  const disks = objects.filter(({ table }) => table === "disk");
  const sameDevice = duplicates(
    disks,
    ({ values }) => textAt(values, ["device"]),
    ({ path, values }, first): Finding => ({
      path: [...path, "device"],
      side: "value",
      message: `${textAt(values, ["device"])} is the device of ${formatKeyPath(first.path)} already`,
      also: [...first.path, "device"],
    }),
  );
  const sameMatch = duplicates(
    disks,
    ({ values: { match } }) => (match === undefined ? undefined : JSON.stringify(match)),
    ({ path }, first): Finding => ({
      path: [...path, "match"],
      side: "value",
      message: `${formatKeyPath(first.path)} is matched by the same`,
      also: [...first.path, "match"],
      expected: "something that only this disk has, such as its serial number",
    }),
  );
  return [...sameDevice, ...sameMatch];
}

/** What two objects cannot both be called. */
export function checkNames(outline: Outline): Finding[] {
  return [
    checkObjectNames,
    checkPartNames,
    checkMapperNames,
    checkLabels,
    checkDiskDevices,
  ].flatMap((check) => check(outline));
}
