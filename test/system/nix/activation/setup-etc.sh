# Points /etc at the etc tree of a configuration, as NixOS's setup-etc.pl does: /etc/static is that tree, every entry is a
# link through it, entries with a NAME.mode are copied, what an earlier configuration left is removed. (Here-strings and
# no process substitution: the installer's /dev may lack /dev/fd.)
export PATH=@path@
etc=$1

replaceLink() { # target, path: at once, and only when it differs
  [ -L "$2" ] && [ "$(readlink "$2")" = "$1" ] && return
  ln -sfn "$1" "$2.tmp"
  mv -T "$2.tmp" "$2"
}

replaceLink "$etc" /etc/static
declare -A wanted copied earlier
if [ -e /etc/.clean ]; then
  while read -r name; do earlier[$name]=1; done < /etc/.clean
fi

linkNames=()
while IFS= read -r name; do
  case $name in *.mode | *.uid | *.gid) continue ;; esac
  if [ "$name" = resolv.conf ] && [ -n "${IN_NIXOS_ENTER:-}" ]; then continue; fi
  wanted[$name]=1
  source=/etc/static/$name
  target=/etc/$name
  [ -d "${target%/*}" ] || mkdir -p "${target%/*}"
  if [ ! -e "$source.mode" ]; then
    linkNames+=("$name")
    continue
  fi
  mode=$(< "$source.mode")
  if [ "$mode" = direct-symlink ]; then
    replaceLink "$(readlink "$source")" "$target"
  else
    cp --no-preserve=mode "$source" "$target.tmp"
    chown "$(< "$source.uid"):$(< "$source.gid")" "$target.tmp"
    chmod "$mode" "$target.tmp"
    mv -T "$target.tmp" "$target"
    copied[$name]=1
  fi
done <<< "$(find "$(readlink -f "$etc")" \( -type l -o -type f \) -printf '%P\n')"

declare -A present
while IFS=$'\t' read -r name target; do
  [ -z "$name" ] || present[$name]=$target
done <<< "$(find /etc -type l -lname '/etc/static/*' -printf '%P\t%l\n')"
for name in "${linkNames[@]}"; do
  [ "${present[$name]:-}" = "/etc/static/$name" ] && continue
  if [ -d "/etc/$name" ] && [ ! -L "/etc/$name" ]; then
    echo "warning: could not create symlink /etc/$name" >&2
    continue
  fi
  replaceLink "/etc/static/$name" "/etc/$name"
done

for name in "${!present[@]}"; do
  [ -n "${wanted[$name]:-}" ] || { echo "removing obsolete symlink ‘/etc/$name’..." >&2; rm -f "/etc/$name"; }
done
for name in "${!earlier[@]}"; do
  [ -n "${copied[$name]:-}" ] || { echo "removing obsolete file ‘/etc/$name’..." >&2; rm -f "/etc/$name"; }
done
[ "${#copied[@]}" -eq 0 ] || printf '%s\n' "${!copied[@]}" > /etc/.clean
: >> /etc/NIXOS
