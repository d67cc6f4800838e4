# The units of the installed system, as NixOS has them: one directory, /etc/systemd/system, with those of systemd that are
# wanted and the system's own. `extra` are texts by name, `extraWants` names by the unit that wants them.
{ lib, packages, forServers, extra ? { }, extraWants ? { } }:
let
  p = packages;

  upstream = [
    "basic.target" "cryptsetup-pre.target" "cryptsetup.target" "ctrl-alt-del.target" "emergency.service" "emergency.target"
    "exit.target" "final.target" "getty-pre.target" "getty.target" "getty@.service" "halt.target" "kmod-static-nodes.service"
    "local-fs-pre.target" "local-fs.target" "modprobe@.service" "multi-user.target" "network-online.target" "network-pre.target"
    "network.target" "nss-lookup.target" "nss-user-lookup.target" "paths.target" "poweroff.target" "reboot.target"
    "remote-cryptsetup.target" "remote-fs-pre.target" "remote-fs.target" "rescue.service" "rescue.target"
    "serial-getty@.service" "shutdown.target" "sigpwr.target" "slices.target" "sockets.target" "swap.target" "sysinit.target"
    "time-set.target" "time-sync.target" "timers.target" "umount.target" "user.slice" "veritysetup.target"
    "dev-hugepages.mount" "dev-mqueue.mount" "systemd-ask-password-console.path" "systemd-ask-password-console.service"
    "systemd-ask-password-wall.path" "systemd-ask-password-wall.service" "systemd-fsck-root.service" "systemd-fsck@.service"
    "systemd-halt.service" "systemd-journal-flush.service" "systemd-journald-dev-log.socket" "systemd-journald.service"
    "systemd-journald.socket" "systemd-machine-id-commit.service" "systemd-modules-load.service" "systemd-poweroff.service"
    "systemd-random-seed.service" "systemd-reboot.service" "systemd-remount-fs.service" "systemd-sysctl.service"
    "systemd-tmpfiles-clean.service" "systemd-tmpfiles-clean.timer" "systemd-tmpfiles-setup-dev.service"
    "systemd-tmpfiles-setup.service" "systemd-update-utmp-runlevel.service" "systemd-update-utmp.service"
    "systemd-user-sessions.service" "systemd-udev-settle.service" "systemd-udev-trigger.service" "systemd-udevd-control.socket"
    "systemd-udevd-kernel.socket" "systemd-udevd.service"
  ];

  wants = {
    "sysinit.target" = [
      "cryptsetup.target" "dev-hugepages.mount" "dev-mqueue.mount" "kmod-static-nodes.service"
      "systemd-ask-password-console.path" "systemd-journal-flush.service" "systemd-journald.service"
      "systemd-machine-id-commit.service" "systemd-modules-load.service" "systemd-random-seed.service"
      "systemd-sysctl.service" "systemd-tmpfiles-setup-dev.service" "systemd-tmpfiles-setup.service"
      "systemd-update-utmp.service" "systemd-udev-trigger.service" "systemd-udevd.service"
    ];
    "sockets.target" = [
      "systemd-journald-dev-log.socket" "systemd-journald.socket" "systemd-udevd-control.socket"
      "systemd-udevd-kernel.socket"
    ] ++ (if forServers then [ "nix-daemon.socket" "sshd.socket" ] else [ ]);
    "timers.target" = [ "systemd-tmpfiles-clean.timer" ];
    "multi-user.target" = [
      "getty.target" "remote-fs.target" "systemd-ask-password-wall.path" "systemd-update-utmp-runlevel.service"
      "systemd-user-sessions.service"
    ];
    "local-fs.target" = [ ];
  } // extraWants;

  own = {
    # The bind mount of the store lasts as long as the system does.
    "nix-store.mount.d/overrides.conf" = ''
      [Unit]
      DefaultDependencies=no
    '';
  } // extra // (if forServers then {
    "nix-daemon.socket" = ''
      [Unit]
      Description=Nix Daemon Socket
      Before=multi-user.target
      RequiresMountsFor=/nix/store
      ConditionPathIsReadWrite=/nix/var/nix/daemon-socket

      [Socket]
      ListenStream=/nix/var/nix/daemon-socket/socket
    '';
    "nix-daemon.service" = ''
      [Unit]
      Description=Nix Daemon
      RequiresMountsFor=/nix/store /nix/var
      ConditionPathIsReadWrite=/nix/var/nix/daemon-socket

      [Service]
      ExecStart=@${p.nix-bin}/bin/nix-daemon nix-daemon --daemon
      Environment=PATH=${lib.binPath [ p.nix-bin p.coreutils p.util-linux ]}
      KillMode=process
      LimitNOFILE=1048576
    '';
    "sshd.socket" = ''
      [Unit]
      Description=SSH Socket

      [Socket]
      ListenStream=22
      Accept=yes
    '';
    "sshd@.service" = ''
      [Unit]
      Description=SSH per-connection Daemon
      Wants=sshd-keygen.service
      After=sshd-keygen.service
      CollectMode=inactive-or-failed

      [Service]
      ExecStart=-${p.openssh-server}/bin/sshd -i -f /etc/ssh/sshd_config
      StandardInput=socket
    '';
    "sshd-keygen.service" = ''
      [Unit]
      Description=SSH Host Keys Generation
      ConditionFileNotEmpty=!/etc/ssh/ssh_host_ed25519_key

      [Service]
      Type=oneshot
      RemainAfterExit=yes
      ExecStart=${sshdKeygen}
    '';
  } else { });

  sshdKeygen = lib.script p.bash "unit-script-sshd-keygen-start" ''
    ${p.coreutils}/bin/mkdir -p /etc/ssh
    exec ${p.openssh-client}/bin/ssh-keygen -q -t ed25519 -N "" -f /etc/ssh/ssh_host_ed25519_key
  '';

  unit = name: content: lib.text "unit-${builtins.replaceStrings [ "@" "/" ] [ "-" "-" ] name}" content;

  # systemd's and udev's own units, with every program they start bound to its store path.
  bound = lib.run "systemd-units" {
    packages = [ p.systemd p.udev p.kmod p.util-linux p.bash p.coreutils ];
    inherit (p) systemd udev login;
    util_linux = p.util-linux;
    units = lib.words upstream;
  } ''
    mkdir "$out"
    for unit in $units; do
      for package in $systemd $udev; do
        [ ! -e "$package/lib/systemd/system/$unit" ] || cp "$package/lib/systemd/system/$unit" "$out/$unit"
      done
      [ -e "$out/$unit" ] || { echo "no package has $unit" >&2; exit 1; }
    done
    cd "$out"
    sed -i -E -e "s#-/sbin/agetty #-$util_linux/bin/agetty --login-program $login/bin/login #" \
      -e 's# ?plymouth-[a-z-]+\.service##' -e '/plymouth/d' -e 's#^(Exec[A-Za-z]*=[-+!@:]*)([a-z][a-z-]*)( |$)#\1/bin/\2\3#' *
    grep -ohE '[-=!@+:](/usr)?(/s?bin/|/lib/systemd/)[a-z][a-z._-]*' * | sed -E 's#^.##' | sort -u | while read -r path; do
      name=''${path##*/}
      for package in $packages; do
        for directory in bin lib/systemd; do
          [ -e "$package/$directory/$name" ] || continue
          sed -i -E "s#([-=!@+:])$path( |\$)#\1$package/$directory/$name\2#" *
          continue 3
        done
      done
      echo "no package has $path" >&2
      exit 1
    done
  '';

  links = builtins.listToAttrs (
    map (name: { inherit name; value = "${bound}/${name}"; }) upstream
    ++ map (name: { inherit name; value = unit name own.${name}; }) (builtins.attrNames own)
    ++ builtins.concatMap (target: map (name: {
      name = "${target}.wants/${name}";
      value = "../${name}";
    }) wants.${target}) (builtins.attrNames wants)
    ++ [ { name = "default.target"; value = "multi-user.target"; } ]
  );
in
lib.linkFarm "system-units" links
