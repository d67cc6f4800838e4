# Brings /etc/passwd, /etc/group and /etc/shadow in line with the declared accounts, as NixOS's update-users-groups.pl
# does with mutable users: a password hash is used only when the account is created, and is kept from then on.
#
# users: NAME:UID:GROUP ID:HOME:SHELL:DESCRIPTION:HASHED PASSWORD:HASHED PASSWORD FILE
# groups: NAME:ID:MEMBERS
export PATH=@path@
users=$1
groups=$2
umask 0022
mkdir -p /var/lib/nixos

replace() { # path, mode: the new content is standard input
  cat > "$1.tmp"
  chmod "$2" "$1.tmp"
  mv -T "$1.tmp" "$1"
}

# The lines of an old file whose first field is not declared any more or never was, except formerly declared ones.
foreignLines() { # file, declaration, earlier declaration
  [ -e "$1" ] || return 0
  awk -F: -v declared="$2" -v earlier="$3" '
    BEGIN {
      while ((getline line < declared) > 0) { split(line, field, ":"); skip[field[1]] = 1 }
      while ((getline line < earlier) > 0) skip[line] = 1
    }
    !($1 in skip)' "$1"
}

declare -A shadow
if [ -e /etc/shadow ]; then
  while IFS= read -r line; do shadow[${line%%:*}]=$line; done < /etc/shadow
fi

passwdLines=() shadowLines=()
while IFS=: read -r name uid gid home shell description hashedPassword hashedPasswordFile; do
  passwdLines+=("$name:x:$uid:$gid:$description:$home:$shell")
  if [ -z "${shadow[$name]:-}" ]; then
    if [ -n "$hashedPasswordFile" ]; then
      if [ -r "$hashedPasswordFile" ]; then
        IFS= read -r hashedPassword < "$hashedPasswordFile" || true
      else
        echo "warning: password file ‘$hashedPasswordFile’ does not exist" >&2
      fi
    fi
    shadow[$name]="$name:${hashedPassword:-!}:1::::::"
  fi
  shadowLines+=("${shadow[$name]}")
done < "$users"

{
  awk -F: '{ print $1 ":x:" $2 ":" $3 }' "$groups"
  foreignLines /etc/group "$groups" /var/lib/nixos/declarative-groups
} | replace /etc/group 0644
{
  printf '%s\n' "${passwdLines[@]}"
  foreignLines /etc/passwd "$users" /var/lib/nixos/declarative-users
} | replace /etc/passwd 0644
{
  printf '%s\n' "${shadowLines[@]}"
  foreignLines /etc/shadow "$users" /var/lib/nixos/declarative-users
} | replace /etc/shadow 0640

cut -d: -f1 "$users" | replace /var/lib/nixos/declarative-users 0644
cut -d: -f1 "$groups" | replace /var/lib/nixos/declarative-groups 0644
awk -F: '{ printf "%s\"%s\":%s", NR == 1 ? "{" : ",", $1, $2 } END { print "}" }' "$users" | replace /var/lib/nixos/uid-map 0644
awk -F: '{ printf "%s\"%s\":%s", NR == 1 ? "{" : ",", $1, $2 } END { print "}" }' "$groups" | replace /var/lib/nixos/gid-map 0644
