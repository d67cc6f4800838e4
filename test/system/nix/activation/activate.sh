# Brings the mutable part of the system in line with this configuration. A failing snippet is named, the others still run,
# and the exit status is that of the last failure.
systemConfig=@out@
export PATH=@path@

_status=0
trap "_status=1 _localstatus=\$?" ERR
umask 0022

