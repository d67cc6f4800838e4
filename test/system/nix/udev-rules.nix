# The rules of udev and of the packages `from`, but for those in `without`; the programs they call become store paths
# where one of the packages `bound` has them.
{ lib, from, bound ? [ ], without ? [ ] }:
lib.run "udev-rules" { inherit from bound; without = lib.words without; } ''
  mkdir "$out"
  for package in $from; do
    [ ! -d "$package/lib/udev/rules.d" ] || cp --no-preserve=mode "$package"/lib/udev/rules.d/* "$out/"
  done
  cd "$out"
  rm -f *-debian-compat.rules *-net-dhcp.rules *-uaccess.rules *-seat*.rules $without
  { grep -ohE '"/(usr/)?s?bin/[a-z][a-z-]*' * || true; } | sort -u | while read -r path; do
    path=''${path#\"}
    for package in $bound; do
      [ -e "$package/bin/''${path##*/}" ] || continue
      sed -i -E "s#\"$path([ \"])#\"$package/bin/''${path##*/}\1#g" *
      break
    done
  done
''
