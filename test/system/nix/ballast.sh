# Fills the outputs of ballast.nix: pieces of one large file of programs, each beginning elsewhere in it, in files of
# 40 kB; every eleventh path is a single file.
fileSize=40000
pool=$PWD/pool
find $sources -type f -print0 | sort -z | xargs -0 cat >"$pool"
cat "$pool" >>"$pool.twice"
cat "$pool" >>"$pool.twice"
length=$(stat -c %s "$pool")
read -ra sizes <<<"$sizes"
read -ra outputs <<<"$outputs"

# piece NUMBER SIZE
piece() {
  local start=$(($1 * 7368787 % length)) left=$2
  tail -c "+$((start + 1))" "$pool.twice" 2>/dev/null | head -c "$left" || true
}

for n in "${!outputs[@]}"; do
  path=${!outputs[n]}
  if ((n % 11 == 1 && 2 * n + 1 >= ${#outputs[@]})); then
    piece "$n" "${sizes[n]}" >"$path"
    continue
  fi
  mkdir "$path"
  piece "$n" "${sizes[n]}" | split --bytes=$fileSize --numeric-suffixes --suffix-length=4 - "$path/file"
  for below in $((2 * n + 1)) $((2 * n + 2)); do
    ((below < ${#outputs[@]})) && ln -s "${!outputs[below]}" "$path/below$below"
  done
done
