# /etc of the installed system. An entry is a text, or a path of the store; with `mode` it is copied instead of linked.
{ lib, packages, forServers, units, fstab, lvmConfiguration, hostName, nixosVersion, extra ? { } }:
let
  p = packages;
  systemPath = "/run/wrappers/bin:/nix/var/nix/profiles/default/bin:/run/current-system/sw/bin";

  # `trusted`: root is not asked who it is.
  pamService = trusted: ''
    account required ${p.libpam-modules}/lib/security/pam_unix.so
    ${if trusted then "auth sufficient ${p.libpam-modules}/lib/security/pam_rootok.so" else ""}
    auth required ${p.libpam-modules}/lib/security/pam_unix.so nullok
    password sufficient ${p.libpam-modules}/lib/security/pam_unix.so nullok sha512
    session required ${p.libpam-modules}/lib/security/pam_env.so conffile=/etc/pam/environment readenv=0
    session required ${p.libpam-modules}/lib/security/pam_unix.so
  '';

  caBundle = import ./cacert.nix { inherit lib packages; };

  texts = {
    "fstab" = fstab;
    "hostname" = "${hostName}\n";
    "hosts" = "127.0.0.1 localhost\n::1 localhost\n127.0.0.2 ${hostName}\n";
    "host.conf" = "multi on\n";
    "nsswitch.conf" = "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nnetworks: files\nservices: files\nprotocols: files\n";
    "issue" = "\n<<< Welcome to NixOS ${nixosVersion} (\\m) - \\l >>>\n\n";
    "os-release" = ''
      ANSI_COLOR="1;34"
      ID=nixos
      NAME=NixOS
      PRETTY_NAME="NixOS ${nixosVersion} (Landfall fixture)"
      VERSION="${nixosVersion}"
      VERSION_ID="${nixosVersion}"
    '';
    "lsb-release" = "DISTRIB_ID=nixos\nDISTRIB_RELEASE=\"${nixosVersion}\"\n";
    "shells" = "/run/current-system/sw/bin/bash\n/bin/sh\n";
    "locale.conf" = "LANG=C\n";
    "vconsole.conf" = "KEYMAP=us\n";
    "profile" = ''
      [ -n "$__ETC_PROFILE_DONE" ] && return
      __ETC_PROFILE_DONE=1
      . /etc/set-environment
      umask 0022
      if [ -n "''${BASH_VERSION:-}" ] && [ -r /etc/bashrc ]; then . /etc/bashrc; fi
    '';
    "set-environment" = ''
      export PATH=${systemPath}
      export NIX_SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt
      export TERMINFO_DIRS=/run/current-system/sw/share/terminfo
      export PAGER=less EDITOR=nano LESS=-R
    '';
    "bashrc" = ''
      case $- in *i*) ;; *) return ;; esac
      PS1='[\u@\h:\w]\$ '
      shopt -s checkwinsize
    '';
    "inputrc" = "set meta-flag on\nset input-meta on\nset output-meta on\nset enable-bracketed-paste off\n";
    "login.defs" = ''
      ENV_PATH PATH=${systemPath}
      ENV_SUPATH PATH=${systemPath}
      UMASK 022
      LOGIN_TIMEOUT 60
      ENCRYPT_METHOD SHA512
      UID_MIN 1000
      UID_MAX 29999
    '';
    "nix/nix.conf" = ''
      build-users-group = nixbld
      experimental-features = nix-command flakes
      sandbox = false
      require-sigs = true
      substituters =
    '';
    "pam.d/login" = pamService false;
    "pam.d/sshd" = pamService false;
    "pam.d/su" = pamService true;
    "pam.d/passwd" = pamService false;
    "pam.d/chpasswd" = pamService true;
    "pam.d/other" = ''
      auth required ${p.libpam-modules}/lib/security/pam_deny.so
      account required ${p.libpam-modules}/lib/security/pam_deny.so
      password required ${p.libpam-modules}/lib/security/pam_deny.so
      session required ${p.libpam-modules}/lib/security/pam_deny.so
    '';
    "pam/environment" = "PATH DEFAULT=\"${systemPath}\"\n";
    "sysctl.d/50-default.conf" = "kernel.sysrq = 16\nnet.ipv4.conf.all.rp_filter = 2\n";
    "sysctl.d/60-nixos.conf" = "kernel.printk = 4 4 1 7\nkernel.kptr_restrict = 1\n";
    "modules-load.d/nixos.conf" = "loop\n";
    "modprobe.d/nixos.conf" = "options bonding max_bonds=0\n";
    "systemd/journald.conf" = "[Journal]\nStorage=persistent\nForwardToConsole=no\n";
    "systemd/system.conf" = "[Manager]\nDefaultTimeoutStartSec=90s\n";
    "systemd/logind.conf" = "[Login]\n";
    "systemd/sleep.conf" = "[Sleep]\n";
    "systemd/system-preset/00-nixos.preset" = "disable *\n";
    "tmpfiles.d/00-nixos.conf" = ''
      d /run/lock 0755 root root - -
      d /nix/var 0755 root root - -
      d /nix/var/nix/daemon-socket 0755 root root - -
      d /var/lib/systemd 0755 root root - -
      d /var/log 0755 root root - -
      q /tmp 1777 root root 10d
      q /var/tmp 1777 root root 30d
    '';
    "udev/udev.conf" = "udev_log=err\n";
    "mdadm.conf" = "MAILADDR root\n";
    "crypttab" = "";
  } // (if forServers then {
    "ssh/sshd_config" = ''
      HostKey /etc/ssh/ssh_host_ed25519_key
      AuthorizedKeysFile %h/.ssh/authorized_keys /etc/ssh/authorized_keys.d/%u
      PermitRootLogin prohibit-password
      UsePAM no
      Subsystem sftp ${p.openssh-sftp-server}/lib/openssh/sftp-server
    '';
    "ssh/ssh_config" = "AddressFamily any\n";
    "ssh/ssh_known_hosts" = "";
    "nanorc" = "set tabsize 4\n";
    "vimrc" = "set nocompatible\n";
    "tmux.conf" = "set -g history-limit 5000\n";
  } else { });

  udevRules =
    let from = [ p.systemd p.udev p.lvm2 p.dmsetup p.mdadm p.btrfs-progs ];
    in import ./udev-rules.nix { inherit lib from; bound = from ++ [ p.coreutils p.util-linux p.bash ]; };

  links = {
    "bash.bashrc" = texts' "bashrc";
    "mtab" = "/proc/mounts";
    "lvm/lvm.conf" = lvmConfiguration;
    "localtime" = "/etc/zoneinfo/UTC";
    "zoneinfo" = "${p.tzdata}/share/zoneinfo";
    "terminfo" = "${p.ncurses-base}/lib/terminfo";
    "protocols" = "${p.netbase}/etc/protocols";
    "services" = "${p.netbase}/etc/services";
    "rpc" = "${p.netbase}/etc/rpc";
    "ethertypes" = "${p.netbase}/etc/ethertypes";
    "mke2fs.conf" = "${p.e2fsprogs}/etc/mke2fs.conf";
    "ssl/certs/ca-certificates.crt" = "${caBundle}/etc/ssl/certs/ca-bundle.crt";
    "ssl/certs/ca-bundle.crt" = "${caBundle}/etc/ssl/certs/ca-bundle.crt";
    "systemd/system" = units;
    "systemd/system-generators/systemd-fstab-generator" = "${p.systemd}/lib/systemd/system-generators/systemd-fstab-generator";
    "systemd/system-generators/systemd-getty-generator" = "${p.systemd}/lib/systemd/system-generators/systemd-getty-generator";
    "systemd/system-generators/systemd-cryptsetup-generator" = "${p.systemd}/lib/systemd/system-generators/systemd-cryptsetup-generator";
    "systemd/boot/efi" = "${p.systemd-boot-efi}/lib/systemd/boot/efi";
    "systemd/systemd" = "${p.systemd}/lib/systemd/systemd";
    "systemd/systemd-shutdown" = "${p.systemd}/lib/systemd/systemd-shutdown";
    "systemd/systemd-cgroups-agent" = "${p.systemd}/lib/systemd/systemd-cgroups-agent";
    "systemd/systemd-cryptsetup" = "${p.systemd}/lib/systemd/systemd-cryptsetup";
    "systemd/systemd-fsck" = "${p.systemd}/lib/systemd/systemd-fsck";
    "systemd/systemd-growfs" = "${p.systemd}/lib/systemd/systemd-growfs";
    "systemd/systemd-makefs" = "${p.systemd}/lib/systemd/systemd-makefs";
    "systemd/systemd-sulogin-shell" = "${p.systemd}/lib/systemd/systemd-sulogin-shell";
    "systemd/network/99-default.link" = "${p.udev}/lib/systemd/network/99-default.link";
    "tmpfiles.d/systemd.conf" = "${p.systemd}/lib/tmpfiles.d/systemd.conf";
    "tmpfiles.d/systemd-nologin.conf" = "${p.systemd}/lib/tmpfiles.d/systemd-nologin.conf";
    "tmpfiles.d/systemd-tmp.conf" = "${p.systemd}/lib/tmpfiles.d/systemd-tmp.conf";
    "tmpfiles.d/static-nodes-permissions.conf" = "${p.udev}/lib/tmpfiles.d/static-nodes-permissions.conf";
    "tmpfiles.d/var.conf" = "${p.systemd}/lib/tmpfiles.d/var.conf";
    "tmpfiles.d/x11.conf" = "${p.systemd}/lib/tmpfiles.d/x11.conf";
    "udev/rules.d" = udevRules;
    "udev/ata_id" = "${p.udev}/lib/udev/ata_id";
    "udev/cdrom_id" = "${p.udev}/lib/udev/cdrom_id";
    "udev/scsi_id" = "${p.udev}/lib/udev/scsi_id";
  };

  copies = {
    "subuid" = { text = ""; mode = "0644"; };
    "subgid" = { text = ""; mode = "0644"; };
  } // (if forServers then {
    "ssh/authorized_keys.d/root" = { text = "# No keys: log in on the console.\n"; mode = "0444"; };
  } else { });

  entryName = name: "etc-${builtins.replaceStrings [ "/" "@" ] [ "-" "-" ] name}";
  texts' = name: lib.text (entryName name) texts.${name};
  all = builtins.mapAttrs (name: _: texts' name) texts
    // links
    // builtins.mapAttrs (name: copy: lib.text (entryName name) copy.text) copies
    // extra;
  modes = builtins.listToAttrs (builtins.concatMap (name: [
    { name = "${name}.mode"; value = lib.text "${entryName name}.mode" copies.${name}.mode; }
    { name = "${name}.uid"; value = lib.text "${entryName name}.uid" "0"; }
    { name = "${name}.gid"; value = lib.text "${entryName name}.gid" "0"; }
  ]) (builtins.attrNames copies));
in
lib.linkFarm "etc" (builtins.listToAttrs (map (name: { name = "etc/${name}"; value = (all // modes).${name}; })
  (builtins.attrNames (all // modes))))
