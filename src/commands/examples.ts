/** A command line that `--help` shows. */
export interface Example {
  /** What it is for: imperative, without a full stop. */
  readonly purpose: string;
  /** As typed into a shell. */
  readonly line: string;
}

/** The examples of each command by its name, and of the program by its own. */
export type Examples = Readonly<Record<string, readonly Example[]>>;

const install: readonly Example[] = [
  { purpose: "Install, and ask before data is destroyed", line: "installer --manifest host.toml" },
  {
    purpose: "Install unattended: `wipe = true` in the manifest is the consent",
    line: "installer --manifest https://example.org/host.toml --yes",
  },
  {
    purpose: 'Read the portable store from standard input, where the manifest has tarball = "-"',
    line: "curl -L https://example.org/nix.tar.xz | installer --manifest host.toml",
  },
  {
    purpose: "Have a program watch it",
    line: "installer --manifest host.toml --yes --log-format json",
  },
];

/** What `installer --help` and `installer COMMAND --help` end with. */
export const examples: Examples = {
  installer: [
    { purpose: "Look at the machine", line: "installer facts" },
    {
      purpose: "See what an install would do, and lose",
      line: "installer plan --manifest host.toml",
    },
    ...install.slice(0, 2),
  ],
  install,
  plan: [
    { purpose: "See what an install would do, and lose", line: "installer plan -m host.toml" },
    {
      purpose: "Get the identifiers of the file systems, to build a system against",
      line: "installer plan -m host.toml --format json | jq '.disks[].after.devices[]?.contents[].uuid'",
    },
    {
      purpose: "Plan for a manifest from standard input",
      line: "generate-manifest | installer plan --manifest -",
    },
  ],
  pull: [
    {
      purpose: "Bring a system to file systems that are mounted already",
      line: "installer pull --manifest host.toml --root /mnt",
    },
    {
      purpose: "See where the time goes",
      line: "installer pull --manifest host.toml --root /mnt --profile",
    },
  ],
  unmount: [
    {
      purpose: "Close what an install that was killed has left open",
      line: "installer unmount --manifest host.toml",
    },
  ],
  check: [
    {
      purpose: "Check a manifest on whatever machine it is kept",
      line: "installer check --manifest host.toml",
    },
    {
      purpose: "See, too, whether the caches have all of its system, and what that is",
      line: "installer check --manifest host.toml --online",
    },
  ],
  facts: [
    { purpose: "Look at the disks, to name one in a manifest", line: "installer facts" },
    {
      purpose: "List the stable names of each disk",
      line: "installer facts --format json | jq '.disks[] | .path, .links'",
    },
  ],
  schema: [
    {
      purpose: "Have taplo or Even Better TOML complete and check the manifests beside it",
      line: "installer schema > install.schema.json",
    },
  ],
};

/** Examples as the last section of a usage text, in the form of citty's other sections. */
export function formatExamples(list: readonly Example[]): string {
  if (list.length === 0) return "";
  const lines = list.flatMap(({ purpose, line }) => ["", `  ${purpose}:`, `    ${line}`]);
  return ["", "\x1b[4m\x1b[1mEXAMPLES\x1b[22m\x1b[24m", ...lines, ""].join("\n");
}
