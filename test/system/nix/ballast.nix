# What makes a closure as large as that of a server with a desktop's worth of programs: some 700 store paths, 0.9 GB, a
# few beyond 100 MB, most of them tiny. One derivation makes them all, of real programs; each path refers to two others,
# so that everything hangs on the first.
{ lib, packages, linux }:
let
  # How many paths of how many bytes; the larger ones are below the smaller ones.
  sizes = builtins.concatMap ({ count, bytes }: builtins.genList (_: bytes) count) [
    { count = 300; bytes = 3000; }
    { count = 250; bytes = 90000; }
    { count = 110; bytes = 1100000; }
    { count = 45; bytes = 9000000; }
    { count = 3; bytes = 125000000; }
    { count = 1; bytes = 20000000; }
  ];
  numbers = builtins.genList (n: n) (builtins.length sizes);
  outputs = map (n: "out${toString n}") numbers;
in
(lib.run "ballast" { inherit outputs sizes; sources = [ linux.modules packages.systemd packages.nix-bin packages.bash ]; }
  (builtins.readFile ./ballast.sh)).out0
