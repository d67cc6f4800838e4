# The accounts of the installed system, in the form activation/update-users-groups.sh reads. Numbers are NixOS's.
{ lib, rootPasswordFile ? "" }:
let
  shell = "/run/current-system/sw/bin/bash";
  nologin = "/run/current-system/sw/bin/nologin";
  # crypt(3) of "landfall", SHA-512.
  password = "$6$landfall$1PHpdX8sdAKmfUp/BjpvMf8cFzMnGp1LQyj/ge0EwdhQ5Ojv8Dc3nBuqLaH2JnxIx4uccu1LGRnuODU7Y.qH/.";
  builders = builtins.genList (index: index + 1) 8;
in
{
  users = lib.text "users" ''
    root:0:0:/root:${shell}:System administrator:${if rootPasswordFile == "" then password else ""}:${rootPasswordFile}
    messagebus:4:4:/run/dbus:${nologin}:D-Bus system message bus daemon user:!:
    sshd:74:74:/var/empty:${nologin}:SSH privilege separation user:!:
    systemd-network:152:152:/var/empty:${nologin}:systemd-networkd user:!:
    chrony:61:61:/var/lib/chrony:${nologin}:chrony daemon user:!:
    ${lib.lines (map (index: "nixbld${toString index}:${toString (30000 + index)}:30000:/var/empty:${nologin}:Nix build user ${toString index}:!:") builders)}
    nobody:65534:65534:/var/empty:${nologin}:Unprivileged account (don't use!):!:
  '';
  groups = lib.text "groups" ''
    root:0:
    wheel:1:
    kmem:2:
    tty:3:
    messagebus:4:
    disk:6:
    audio:17:
    floppy:18:
    uucp:19:
    lp:20:
    cdrom:24:
    tape:25:
    video:26:
    dialout:27:
    utmp:29:
    adm:55:
    chrony:61:
    systemd-journal:62:
    sshd:74:
    keys:96:
    users:100:
    systemd-network:152:
    input:174:
    kvm:302:
    render:303:
    sgx:304:
    nixbld:30000:${builtins.concatStringsSep "," (map (index: "nixbld${toString index}") builders)}
    nogroup:65534:
  '';
}
