import { orderByNeed } from "../disk/graph.ts";
import { storageKinds } from "../disk/objects/index.ts";
import { duplicates } from "./duplicates.ts";
import type { Finding } from "./finding.ts";
import { formatKeyPath } from "./key-path.ts";
import type { ObjectOutline, Outline, Reference } from "./outline.ts";
import { manifestSchema } from "./schema.ts";
import { closest } from "./suggest.ts";
import { isTable } from "./toml.ts";

/** Whether an object may have devices that are not known because their names are missing or misspelt. */
function isIncomplete({ kind, parts, values }: ObjectOutline): boolean {
  if (kind.gives(values) !== "parts") return false;
  return parts.length === 0 || parts.some(({ name }) => name === undefined);
}

/** Whether a reference that leads nowhere may be right once other mistakes are mended. */
function mayBeRight({ device }: Reference, { root, objects }: Outline): boolean {
  const [owner = ""] = device.split(".");
  const unknownTables = Object.entries(root).filter(([key]) => !(key in manifestSchema.entries));
  return (
    !isTable(root.disk) ||
    objects.some((object) => object.name === owner && isIncomplete(object)) ||
    unknownTables.some(([, table]) => isTable(table) && owner in table)
  );
}

/** What was probably meant by a reference that leads nowhere. */
function meantBy({ device }: Reference, { devices }: Outline): string | undefined {
  const [first = "", ...rest] = device.split(".");
  const withoutTable = rest.join(".");
  if (first in storageKinds && devices.has(withoutTable)) return withoutTable;
  return devices.has(first) ? first : closest(device, devices.keys());
}

/** Why there is no device of a name. */
function whyUnknown({ device }: Reference, { objects }: Outline): string {
  const [owner, part] = device.split(".");
  const found = objects.find(
    ({ name, kind, values }) => name === owner && kind.gives(values) !== "nothing",
  );
  if (found === undefined) return `there is no device ${JSON.stringify(device)}`;
  const name = formatKeyPath(found.path);
  const { parts } = found.kind;
  if (found.kind.gives(found.values) === "itself" || parts === undefined) {
    return `${name} has no parts`;
  }
  return part === undefined
    ? `${name} is used by its ${parts.what}s, not as a whole`
    : `${name} has no ${parts.what} ${JSON.stringify(part)}`;
}

function checkKnown(outline: Outline): Finding[] {
  const { objects, devices } = outline;
  return objects
    .flatMap(({ references }) => references)
    .filter(({ device }) => !devices.has(device))
    .filter((reference) => !mayBeRight(reference, outline))
    .map((reference): Finding => {
      const meant = meantBy(reference, outline);
      const [owner] = reference.device.split(".");
      const siblings = [...devices.values()].filter(({ object }) => object.name === owner);
      const choices = (siblings.length > 0 ? siblings : [...devices.values()]).map(
        (device) => device.reference,
      );
      return {
        path: reference.path,
        side: "value",
        message: whyUnknown(reference, outline),
        expected: meant === undefined && choices.length > 0 ? list(choices) : undefined,
        suggestion: meant === undefined ? undefined : JSON.stringify(meant),
      };
    });
}

function list(choices: readonly string[]): string {
  return choices.length === 1 ? JSON.stringify(choices[0]) : `one of ${choices.join(", ")}`;
}

/** Only pools are shared: what is made on a device fills it. */
function checkUsedOnce({ objects, devices }: Outline): Finding[] {
  const uses = objects.flatMap((user) => user.references.map((use) => ({ ...use, user })));
  return duplicates(
    uses.filter(({ device }) => devices.get(device)?.object.kind.holds === undefined),
    ({ device }) => device,
    ({ path, device, user }, first): Finding => {
      const name = JSON.stringify(device);
      const by = formatKeyPath(first.user.path);
      return user === first.user
        ? { path, side: "value", message: `${by} names ${name} twice` }
        : { path, side: "value", message: `${name} is used by ${by} already`, also: first.path };
    },
  );
}

function checkCycles({ objects, devices }: Outline): Finding[] {
  const nodes = objects.map((object) => ({
    name: formatKeyPath(object.path),
    object,
    gives: [...devices.values()]
      .filter((device) => device.object === object)
      .map(({ reference }) => reference),
    needs: object.references.map(({ device }) => device),
  }));
  return orderByNeed(nodes).cycles.map((cycle): Finding => {
    const [first = "", next = first] = cycle;
    const { object, needs = [] } = nodes.find(({ name }) => name === first) ?? {};
    const gives = nodes.find(({ name }) => name === next)?.gives ?? [];
    const closing = object?.references[needs.findIndex((need) => gives.includes(need))];
    return {
      path: closing?.path ?? [],
      side: "value",
      message:
        cycle.length === 1
          ? `${first} is made on itself`
          : `each of these is made on the next: ${[...cycle, first].join(" → ")}`,
    };
  });
}

/** Whether every device that a table names is there, is used once, and can be made before what is made on it. */
export function checkReferences(outline: Outline): Finding[] {
  return [checkKnown, checkUsedOnce, checkCycles].flatMap((check) => check(outline));
}
