#!/usr/bin/env bash
# Runs a private ssh server in the foreground, for tests that need a real one. Nothing of this machine's own ssh
# takes part: programs, libraries, accounts and keys are those of the test.
#
#   sshd.sh ROOT DIR     ROOT as install.sh prints it for "ssh"; DIR holds "config"
set -euo pipefail
root=$1 dir=$2
loader=("$root"/usr/lib/*-linux-gnu/ld-linux-*.so.*)

# A server of root's wants an account of its own, which machines without one lack, and a folder in /run.
if [ "$(id -u)" = 0 ] && [ "${3:-}" != inside ]; then exec unshare --mount -- bash "$0" "$root" "$dir" inside; fi
if [ "${3:-}" = inside ]; then
  { sed 's/^\(root\):[^:]*:/\1:*:/' /etc/passwd && echo 'sshd:*:64999:65534::/run/sshd:/usr/sbin/nologin'; } >"$dir/passwd"
  printf 'root:*:19000:0:99999:7:::\nsshd:*:19000:0:99999:7:::\n' >"$dir/shadow"
  mount --bind "$dir/passwd" /etc/passwd
  [ ! -e /etc/shadow ] || mount --bind "$dir/shadow" /etc/shadow
  mount -t tmpfs none /run
  mkdir -m 755 /run/sshd
fi
exec setpriv --pdeathsig KILL "${loader[0]}" --library-path "${loader[0]%/*}" \
  "$root/usr/sbin/sshd" -D -e -r -f "$dir/config"
