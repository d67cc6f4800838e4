# Set-user-id programs cannot be in the store; a fresh directory replaces the old one at once.
mkdir -p /run/wrappers
wrapperDir=$(mktemp --directory --tmpdir=/run/wrappers wrappers.XXXXXXXXXX)
chmod 0755 "$wrapperDir"
for program in @mount@/bin/mount @mount@/bin/umount @utillinux@/bin/su @shadow@/bin/passwd @shadow@/bin/newgrp; do
  [ -e "$program" ] || continue
  cp "$program" "$wrapperDir/"
  chmod 4755 "$wrapperDir/${program##*/}"
done
oldWrappers=$(readlink -f /run/wrappers/bin || true)
ln -sfn "$wrapperDir" /run/wrappers/.bin.tmp
mv -T /run/wrappers/.bin.tmp /run/wrappers/bin
[ -z "$oldWrappers" ] || [ "$oldWrappers" = /run/wrappers/bin ] || rm -rf "$oldWrappers"
