# The builders: a shell script of the build root turned into a store path, and what is made of it.
rec {
  # A derivation whose builder is bash of the build root (the sandbox is off, so it finds tools in the usual places).
  # The last `:` keeps bash from becoming the script's last command: Nix kills a builder that closes its standard error,
  # which coreutils do a moment before they exit.
  run = name: environment: script: derivation ({
    inherit name;
    system = "x86_64-linux";
    builder = "/bin/bash";
    PATH = "/usr/bin:/bin:/usr/sbin:/sbin";
    LC_ALL = "C";
    args = [ "-euo" "pipefail" "-c" "${script}\n:" ];
  } // environment);

  # A text file. Store paths in the text become references.
  text = name: content: run name { inherit content; passAsFile = [ "content" ]; } ''
    cp --no-preserve=mode "$contentPath" "$out"
  '';

  # A bash script of the store, checked for syntax.
  script = bash: name: content: run name { content = "#!${bash}/bin/bash\n${content}"; passAsFile = [ "content" ]; } ''
    bash -n "$contentPath"
    install -m 0555 "$contentPath" "$out"
  '';

  # A template with every @name@ replaced by an attribute of `values`.
  substitute = file: values: builtins.replaceStrings
    (map (name: "@${name}@") (builtins.attrNames values))
    (map toString (builtins.attrValues values))
    (builtins.readFile file);

  # A directory of links: target path below the output -> what it points to.
  linkFarm = name: links: run name {
    targets = builtins.attrNames links;
    sources = map toString (builtins.attrValues links);
  } ''
    read -ra targets <<< "$targets"
    read -ra sources <<< "$sources"
    mkdir -p "$out"
    for index in "''${!targets[@]}"; do
      target=$out/''${targets[index]}
      [ -d "''${target%/*}" ] || mkdir -p "''${target%/*}"
      ln -s "''${sources[index]}" "$target"
    done
  '';

  binPath = packages: builtins.concatStringsSep ":" (map (package: "${package}/bin") packages);
  lines = builtins.concatStringsSep "\n";
  words = builtins.concatStringsSep " ";
  concat = builtins.concatStringsSep;
}
