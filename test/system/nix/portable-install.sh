#!/bin/sh
# Unpacks this tarball's store into /nix, as the installer of the Nix project does for a single user.
set -eu
self=$(dirname "$(readlink -f "$0")")
mkdir -p /nix/store
for path in "$self"/store/*; do
  name=${path##*/}
  [ -e "/nix/store/$name" ] && continue
  cp -RPp "$path" "/nix/store/$name.tmp"
  chmod -R a-w "/nix/store/$name.tmp"
  mv "/nix/store/$name.tmp" "/nix/store/$name"
done
@nix@/bin/nix-store --load-db < "$self/.reginfo"
echo "Nix is @nix@/bin/nix, certificates are @cacert@/etc/ssl/certs/ca-bundle.crt"
