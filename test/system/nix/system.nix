# A system shaped as a NixOS toplevel. The arguments are what a layout of disks asks for; what they leave out is the same
# in every variant. Where NixOS has an option for one, it is named and means the same.
#
#   fileSystems         list of { device; mountPoint; type; options ? [ "defaults" ]; neededForBoot ? as NixOS; }
#   swapDevices         list of { device; randomEncryption ? false; }
#   luksDevices         mapping -> { device; keyFile ? asked for on the console; keyFileSize ? all of it, in bytes; }
#   swraid              whether stage 1 assembles md arrays
#   lvm                 whether stage 1 activates volume groups
#   loader              a name of loaders.nix and its arguments: { name; arguments ? { }; }
#   kernel              a name of `kernels`
#   kernelParams        further words for the kernel command line
#   initrdModules       further kernel modules for stage 1
#   initrdSecrets       paths in the initrd -> paths on the installed system that append-initrd-secrets copies
#   etc                 further entries of /etc
#   rootPasswordFile    path of a file with root's password hash, instead of the built-in password
#   specialisations     name -> attributes that replace arguments
#
# `forServers` adds what an administrator finds on any server.
{ lib, packages, kernels, forServers }:
let
  p = packages;
  nixosVersion = "24.11.landfall";
  loaders = import ./loaders.nix { inherit lib packages; };
  fileSystemTable = import ./file-systems.nix { inherit lib; };
  lvmConfiguration = lib.text "lvm.conf" ''
    devices {
      scan_lvs = 0
    }
    activation {
      monitoring = 0
    }
    global {
      thin_check_executable = ""
    }
  '';

  systemPath = lib.run "system-path" { paths = import ./administration.nix { inherit packages forServers; }; } ''
    mkdir -p "$out/bin" "$out/share"
    for path in $paths; do
      [ ! -d "$path/bin" ] || cp -rs --no-clobber "$path/bin/." "$out/bin/"
    done
    ln -s bin "$out/sbin"
    ln -s ${p.ncurses-base}/lib/terminfo "$out/share/terminfo"
    ln -s ${p.tzdata}/share/zoneinfo "$out/share/zoneinfo"
  '';

  firmware = lib.run "firmware" { } ''mkdir -p "$out/lib/firmware"'';
  activationPackages = [ p.coreutils p.grep p.findutils p.gawk p.sed p.login p.passwd p.hostname p.util-linux p.mount ];
  activationPath = lib.binPath activationPackages;

  snippetNames = [
    "specialfs" "binsh" "usrbinenv" "systemdtools" "etc" "var" "users" "hostname" "modprobe" "wrappers"
  ];

  toplevel =
    { variant
    , fileSystems
    , swapDevices ? [ ]
    , luksDevices ? { }
    , swraid ? false
    , lvm ? false
    , loader
    , kernel ? "cloud"
    , kernelParams ? [ ]
    , initrdModules ? [ ]
    , initrdSecrets ? { }
    , etc ? { }
    , hostName ? "landfall"
    , rootPasswordFile ? ""
    , specialisations ? { }
    }@arguments:
    let
      linux = kernels.${kernel};
      fstab = fileSystemTable.fstab fileSystems swapDevices;
      initrd = import ./initrd.nix {
        inherit lib packages linux luksDevices swraid lvm lvmConfiguration initrdModules;
        inherit (fileSystemTable) mountLine;
        mounts = fileSystemTable.mounts fileSystems;
      };

      swapUnits = import ./swap-units.nix { inherit lib packages fileSystemTable swapDevices; };
      units = import ./units.nix {
        inherit lib packages forServers;
        extra = swapUnits.units;
        extraWants = swapUnits.wants;
      };
      etcTree = import ./etc.nix {
        inherit lib packages forServers units fstab lvmConfiguration hostName nixosVersion;
        extra = etc;
      };
      accounts = import ./accounts.nix { inherit lib rootPasswordFile; };
      values = {
        path = activationPath;
        inherit (p) bash coreutils mount kmod systemd;
        utillinux = p.util-linux;
        shadow = p.passwd;
        inherit hostName;
        inherit (accounts) users groups;
        setupEtc = lib.script p.bash "setup-etc" ("set -euo pipefail\n" + lib.substitute ./activation/setup-etc.sh { path = activationPath; });
        updateUsersGroups = lib.script p.bash "update-users-groups"
          ("set -euo pipefail\n" + lib.substitute ./activation/update-users-groups.sh { path = activationPath; });
      };
      snippet = name: ''
        #### Activation script snippet ${name}:
        _localstatus=0
        ${lib.substitute (./activation + "/${name}.sh") values}
        if (( _localstatus > 0 )); then
          printf "Activation script snippet '%s' failed (%s)\n" "${name}" "$_localstatus"
        fi

      '';

      installBootLoader = loaders.${loader.name} (loader.arguments or { });
      preSwitchCheck = lib.script p.bash "pre-switch-checks" ''
        [ -e "$1/nixos-version" ] || { echo "$1 is not a NixOS system" >&2; exit 1; }
      '';
      switchToConfiguration = lib.script p.bash "switch-to-configuration-program"
        ("set -uo pipefail\n" + lib.substitute ./boot/switch-to-configuration.sh { path = "${activationPath}:${lib.binPath [ p.diffutils ]}"; });

      label = "NixOS ${nixosVersion} (Linux ${linux.version})";
      parameters = [ "console=ttyS0,115200n8" "loglevel=4" "panic=10" ] ++ kernelParams;
      out = builtins.placeholder "out";
      nested = builtins.mapAttrs (name: replaced:
        toplevel (removeAttrs arguments [ "specialisations" ] // replaced // { variant = "${variant}-${name}"; })) specialisations;
    in
    lib.run "nixos-system-landfall-${variant}-${nixosVersion}" {
      inherit systemPath firmware initrd installBootLoader preSwitchCheck switchToConfiguration;
      inherit (linux) kernel modules;
      inherit (p) bash systemd;
      etc = etcTree;
      version = nixosVersion;
      kernelParams = lib.words parameters;
      specialisationNames = builtins.attrNames nested;
      specialisationPaths = map (name: nested.${name}) (builtins.attrNames nested);
      activate = ''
        #!${p.bash}/bin/bash
        ${lib.substitute ./activation/activate.sh (values // { inherit out; })}
        ${lib.concat "" (map snippet snippetNames)}
        # Make this configuration the current one, and keep it from being collected.
        ln -sfn "$(readlink -f "$systemConfig")" /run/current-system
        mkdir -p /nix/var/nix/gcroots
        ln -sfn /run/current-system /nix/var/nix/gcroots/current-system
        exit $_status
      '';
      stage2 = "#!${p.bash}/bin/bash\n" + lib.substitute ./stages/stage-2.sh {
        inherit out;
        path = lib.binPath [ p.coreutils p.util-linux p.mount p.grep ];
        inherit (p) systemd;
      };
      appendSecrets = "#!${p.bash}/bin/bash\n" + lib.substitute ./boot/append-initrd-secrets.sh {
        path = lib.binPath [ p.coreutils p.findutils p.cpio p.zstd ];
        secrets = lib.lines (map (name: "${name} ${initrdSecrets.${name}}") (builtins.attrNames initrdSecrets));
      };
      bootspec = builtins.toJSON {
        "org.nixos.bootspec.v1" = {
          system = "x86_64-linux";
          kernel = "${linux.kernel}/bzImage";
          kernelParams = parameters;
          initrd = "${initrd}/initrd";
          initrdSecrets = "${out}/append-initrd-secrets";
          init = "${out}/init";
          toplevel = out;
          inherit label;
        };
        "org.nixos.systemd-boot" = { sortKey = "nixos"; devicetree = null; };
      };
      passAsFile = [ "activate" "stage2" "appendSecrets" "bootspec" ];
      jq = "${p.jq}/bin/jq";
    } (builtins.readFile ./toplevel.sh);
in
toplevel
