# In the installer's chroot the running kernel is another system's.
[ -n "${IN_NIXOS_ENTER:-}" ] || [ ! -w /proc/sys/kernel/modprobe ] || echo @kmod@/bin/modprobe > /proc/sys/kernel/modprobe
