# UEFI: ESP, root on xfs with quotas of users and projects.
{ esp, systemdBoot, ... }: {
  fileSystems = [
    esp
    {
      device = "/dev/disk/by-uuid/8f252063-ba93-57a6-877f-589cfb5ad820"; # filesystem./
      mountPoint = "/";
      type = "xfs";
      options = [ "uquota" "pquota" ];
    }
  ];
  loader = systemdBoot;
}
