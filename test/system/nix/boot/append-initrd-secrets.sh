# Appends the secrets of this configuration to the initrd $1, as a further archive.
set -euo pipefail
export PATH=@path@
initrd=$1
directory=$(mktemp --directory "${TMPDIR:-/tmp}/initrd-secrets.XXXXXXXXXX")
trap 'rm -rf "$directory"' EXIT
while read -r name source; do
  [ -n "$name" ] || continue
  mkdir -p "$directory/$(dirname "$name")"
  cp -a "$source" "$directory/$name"
done <<'SECRETS'
@secrets@
SECRETS
[ -n "$(ls -A "$directory")" ] || exit 0
(cd "$directory"; find . -print0 | sort -z | cpio --quiet --null -o -H newc -R 0:0) | zstd -q -3 >> "$initrd"
