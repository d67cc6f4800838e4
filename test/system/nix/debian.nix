# Debian binary packages as store paths. `index` is what ../packages.ts found out about each package: where its file is,
# which of its files are programs, libraries and shell scripts, and which directories of which packages hold the
# libraries they link. That graph follows ELF's NEEDED entries and has no cycles, unlike Debian's Depends.
# `withUnicodeData = false` leaves out the 30 MB of ICU, which libxml2 links and Nix, which links libxml2, never reads.
{ lib, index, withUnicodeData ? true }:
let
  inherit (builtins) attrNames concatStringsSep elem filter mapAttrs placeholder;

  # Debian names some packages otherwise than nixpkgs does; what reads store path names expects the latter.
  nixpkgsNames = { libc6 = "glibc"; nix-bin = "nix"; passwd = "shadow"; };

  # systemd finds its own parts below compiled-in paths. nixpkgs builds it with /etc instead of /lib; these strings have
  # the same length, and the longer one keeps its tail, because the linker may have merged the two.
  movedToEtc = directories: ''
    for file in $programs $libraries; do
      sed -i -E ${concatStringsSep " " (map (directory:
        "-e 's#(\\x00|=)/usr/lib/${directory}#\\1/////etc/${directory}#g' -e 's#(\\x00|=)/lib/${directory}#\\1/etc/${directory}#g'") directories)} "$out/$file"
    done
  '';
  kmodInRun = ''
    for file in $programs $libraries; do sed -i 's|/lib/modules|/run/modules|g' "$out/$file"; done
  '';
  emptyUnicodeData = ''
    library=$(readlink -f "$out"/lib/libicudata.so.*.*)
    major=''${library##*.so.}
    major=''${major%%.*}
    printf '.section .rodata\n.globl icudt%s_dat\n.type icudt%s_dat, @object\nicudt%s_dat: .zero 32\n' "$major" "$major" "$major" |
      as -o data.o -
    ld -shared -soname "libicudata.so.$major" -o "$library" data.o
  '';
  adjustments = {
    # The threads of Argon2 end with pthread_exit, for which glibc opens this library at that moment, and would not find it.
    libcryptsetup12 = ''
      library=$(readlink -f "$out/lib/libcryptsetup.so.12")
      patchelf --add-rpath ${packages.libgcc-s1}/lib "$library"
      patchelf --add-needed libgcc_s.so.1 "$library"
    '';
    libicu72 = if withUnicodeData then "" else emptyUnicodeData;
    systemd = movedToEtc [ "systemd" "udev" ];
    libsystemd-shared = movedToEtc [ "systemd" "udev" ];
    libsystemd0 = movedToEtc [ "systemd" ];
    udev = movedToEtc [ "systemd" "udev" ];
    libudev1 = movedToEtc [ "udev" ];
    systemd-boot = movedToEtc [ "systemd" ];
    # The loader and the kernel's module directory are those of the booted system: stage 2 links /run/modules.
    kmod = kmodInRun;
    libkmod2 = kmodInRun;
    # Names that Debian leaves to update-alternatives.
    gawk = ''ln -s gawk "$out/bin/awk"'';
    vim-tiny = ''ln -s vim.tiny "$out/bin/vi"'';
  };

  packages = mapAttrs (key: package:
    let
      own = name: if name == key then placeholder "out" else packages.${name};
    in
    lib.run "${nixpkgsNames.${key} or key}-${package.version}" {
      inherit (package) deb programs libraries scripts foreign;
      runPath = concatStringsSep ":" (map (entry: "${own entry.package}/${entry.directory}") package.runPath);
      interpreter = if package.programs == [ ] || key == "libc6" then "" else "${own "libc6"}/lib/ld-linux-x86-64.so.2";
      shell = if package.scripts == [ ] then "" else "${own "bash"}/bin/bash";
      adjust = adjustments.${key} or "";
    } (builtins.readFile ./unpack.sh)) index;
in
packages
