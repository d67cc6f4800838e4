install -m 0700 -d /root
install -m 0755 -d /home
@updateUsersGroups@ @users@ @groups@
