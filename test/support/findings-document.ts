import { exitCodes } from "../../src/errors.ts";
import { findingGroups } from "../../src/findings/catalogue.ts";
import type { FindingKinds } from "../../src/findings/finding-kind.ts";

const introduction = `# Findings

Before the installer writes anything, it compares what the manifest asks for with the machine and with the system in the
caches. Whatever it finds is a _finding_: it names an object of the manifest or the machine, says what is the matter and
what to do about it, and has an identifier that never changes its meaning. \`installer plan\` shows all of them,
\`--format json\` as data:

    { "id": "preflight/room", "severity": "error", "object": "filesystem.\\"/\\"", "message": "…", "hint": "…" }

- An **error** stops the install. All errors are told together, and the exit code is ${exitCodes.refused} (${exitCodes.cache} and ${exitCodes.integrity} for what the caches cannot
  give). Nothing was written then.
- A **warning** is told, and the install goes on.
- A **note** is in the plan, for whoever looks.

What is known and accepted can be allowed in the manifest, each kind by itself. An error becomes a warning then, and a
warning a note:

    allow = ["preflight/room"]

Where the install itself would fail or destroy something, a finding cannot be allowed, and the manifest is refused.
`;

function row([id, { severity, isAllowable, meaning }]: [string, FindingKinds[string]]): string {
  return `| \`${id}\` | ${severity} | ${isAllowable ? "yes" : "no"} | ${meaning.replaceAll("|", "\\|")} |`;
}

function section(title: string, kinds: FindingKinds): string {
  return [
    `## ${title}`,
    "",
    "| Identifier | Severity | Can be allowed | Meaning |",
    "| --- | --- | --- | --- |",
    ...Object.entries(kinds).map(row),
    "",
  ].join("\n");
}

/** `docs/findings.md`, made of the catalogue. */
export function findingsDocument(): string {
  const sections = findingGroups.map(({ title, kinds }) => section(title, kinds));
  return [introduction, ...sections].join("\n");
}
