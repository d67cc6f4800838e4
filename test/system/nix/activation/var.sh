mkdir -p /var/log /var/lib /var/cache /var/spool /var/empty
chmod 0555 /var/empty
chown 0:0 /var/empty
ln -sfn /run /var/run
