mkdir -p /usr/bin
chmod 0755 /usr/bin
ln -sfn @coreutils@/bin/env /usr/bin/.env.tmp
mv -T /usr/bin/.env.tmp /usr/bin/env
