/** The object of the manifest that a step is for, from the step's identifier: `disk/main/partition-table`. */
export function objectOfStep(id: string): string {
  const [kind = "", ...rest] = id.split("/");
  if (rest.length === 0) return id;
  if (kind === "filesystem" || kind === "mount") return `filesystem."/${rest.join("/")}"`;
  return `${kind}.${rest[0]}`;
}
