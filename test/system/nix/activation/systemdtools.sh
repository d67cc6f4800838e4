# Debian's systemd has these paths compiled in where NixOS's has store paths.
mkdir -p /sbin
ln -sfn @mount@/bin/mount /bin/mount
ln -sfn @mount@/bin/umount /bin/umount
ln -sfn @mount@/bin/swapon /sbin/swapon
ln -sfn @mount@/bin/swapoff /sbin/swapoff
ln -sfn @systemd@/bin/systemctl /bin/systemctl
ln -sfn @systemd@/bin/systemd-tty-ask-password-agent /bin/systemd-tty-ask-password-agent
