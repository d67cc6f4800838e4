# A closure of the shape of a small NixOS server: groups of paths that refer to each other, and a path on top of them.
# Each group is one derivation with many outputs: Nix finds the references in what was written, as in any build.
{
  # Names of the outputs of each group; the first is on top of the others.
  groups,
  # NAR bytes of each group.
  bytes,
  # Programs that are not in the store: Bun, what it runs, and what it takes contents from.
  bun,
  program,
  corpus,
  # Of the program, so that another program makes other paths.
  recipe,
}:
let
  make = attributes: derivation (attributes // {
    system = builtins.currentSystem;
    builder = "/usr/bin/env";
    # Bun would keep what it translates in a home directory, and Nix wants none to be there.
    args = [ "BUN_RUNTIME_TRANSPILER_CACHE_PATH=0" bun program ];
    __structuredAttrs = true;
    inherit corpus recipe;
  });
  group = seed: outputs: make {
    name = "bench";
    kind = "group";
    inherit seed outputs bytes;
  };
  made = builtins.genList (index: group (index + 1) (builtins.elemAt groups index)) (builtins.length groups);
in
make {
  name = "nixos-system-bench";
  kind = "toplevel";
  tops = map (one: one.${one.outputName}) made;
}
