[ -n "${IN_NIXOS_ENTER:-}" ] || hostname @hostName@
