# The certificate authorities as one bundle, for curl, Nix and OpenSSL.
{ lib, packages }:
lib.run "nss-cacert" { certificates = packages.ca-certificates; } ''
  mkdir -p "$out/etc/ssl/certs"
  for file in "$certificates"/share/ca-certificates/mozilla/*.crt; do
    cat "$file"
    echo
  done > "$out/etc/ssl/certs/ca-bundle.crt"
''
