# One Debian package laid out as a store path: bin, lib, etc and share directly below it, programs and libraries bound to
# the store paths of the libraries they link.
tree=$PWD/tree
mkdir "$tree" "$out"
dpkg-deb --fsys-tarfile "$deb" | tar -x --no-same-owner --no-same-permissions -C "$tree"

for top in "$tree" "$tree/usr"; do
  for directory in bin sbin lib lib64 libexec share etc; do
    [ -d "$top/$directory" ] && [ ! -L "$top/$directory" ] || continue
    case $directory in
      sbin) into=bin ;;
      lib64) into=lib ;;
      *) into=$directory ;;
    esac
    mkdir -p "$out/$into"
    cp -a --no-clobber "$top/$directory/." "$out/$into/"
  done
done
rm -rf "$tree"
if [ -d "$out/lib/x86_64-linux-gnu" ]; then
  cp -a --remove-destination "$out/lib/x86_64-linux-gnu/." "$out/lib/"
  rm -rf "$out/lib/x86_64-linux-gnu"
fi

# Not needed to boot and to be administered over a serial line.
rm -rf "$out"/share/{doc,doc-base,man,locale,info,lintian,bug,bash-completion,zsh,common-licenses,menu,applications,icons} \
  "$out"/share/{pixmaps,metainfo,polkit-1,initramfs-tools,reportbug,apport,systemtap,vim/vim*/{doc,syntax,lang,tutor}} \
  "$out"/lib/{gconv,udev/hwdb.d,modules-load.d,init,systemd/catalog,lsb} "$out"/etc/{init.d,rc*.d,cron.*,logrotate.d}
chmod -R u+w "$out"
for file in $foreign; do rm -f "$out/$file"; done

# Absolute links stay only where their target is in the same package.
find "$out" -type l -printf '%P %l\n' | while read -r link target; do
  case $target in /*) ;; *) continue ;; esac
  target=${target#/usr}
  target=${target/#\/sbin\//\/bin\/}
  target=${target/#\/lib\/x86_64-linux-gnu\//\/lib\/}
  if [ -e "$out$target" ]; then ln -sfn "$out$target" "$out/$link"; else rm "$out/$link"; fi
done

cd "$out"
[ -z "$programs" ] || [ -z "$interpreter" ] || patchelf --set-interpreter "$interpreter" $programs
[ -z "$programs$libraries" ] || [ -z "$runPath" ] || patchelf --set-rpath "$runPath" $programs $libraries
for file in $scripts; do
  [ -f "$file" ] || continue
  sed -i -E "1s|^#! *(/usr)?/bin/(env )?(ba)?sh|#!$shell|" "$file"
done
eval "$adjust"
find "$out" -depth -type d -empty -delete
mkdir -p "$out"
