#!/usr/bin/env bash
# Runs a program for Windows under wine: cargo's runner for that target, see `make windows`.
#
#   run.sh PROGRAM ARGUMENT…
#
# Engines do not run there. They are started here, as tests/engines/run.sh does it, and UNMOOR_ENGINES tells a
# test where each can be reached and where its binaries are. They end with this script, however it ends.
set -euo pipefail
here=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
cd "$here/../.."

fail() {
  printf 'wine: %s\n' "$*" >&2
  exit 1
}

# Debian's `wine` says with every start that it cannot run programs of 32 bits.
wine=/usr/lib/wine/wine64
[ -x "$wine" ] || wine=$(command -v wine) || fail "wine is missing: ./install.sh windows"
export WINEPREFIX=${WINEPREFIX:-$PWD/target/wine} WINEDEBUG=${WINEDEBUG:--all} WINEDLLOVERRIDES='mscoree,mshtml='
mkdir -p "$WINEPREFIX"
if [ ! -d "$WINEPREFIX/drive_c" ]; then "$wine" wineboot --init >"$WINEPREFIX/init.log" 2>&1; fi
# Rust takes its random numbers from a library that wine has only had since 8.18.
random=$WINEPREFIX/drive_c/windows/system32/bcryptprimitives.dll
if [ ! -e "$random" ]; then x86_64-w64-mingw32-gcc -shared -o "$random" "$here/bcryptprimitives.c" -ladvapi32; fi

dir=$(mktemp -d /tmp/unmoor-wine-XXXXXX)
started=()
# The engines end when nobody holds what they read from.
trap 'trap "" TERM INT HUP; kill "${started[@]}" 2>/dev/null || true; exec 9>&-; wait || true; rm -rf -- "$dir"' EXIT
trap 'exit 143' TERM INT HUP
mkfifo "$dir/life"
exec 9<>"$dir/life"
kinds=(docker-20 docker-28 docker-28-containerd podman-5)
for kind in "${kinds[@]}"; do
  tests/engines/run.sh "$kind" "$dir/$kind" <"$dir/life" >"$dir/$kind.address" 9>&- &
done
UNMOOR_ENGINES=
for kind in "${kinds[@]}"; do
  until [ -s "$dir/$kind.address" ]; do
    [ -n "$(jobs -r)" ] || fail "$kind did not start"
    sleep 0.1
  done
  setpriv --pdeathsig KILL socat -d -d TCP-LISTEN:0,bind=127.0.0.1,fork \
    UNIX-CONNECT:"$dir/$kind/engine.sock" 2>"$dir/$kind.relay" 9>&- &
  started+=($!)
  until place=$(grep -om1 '127\.0\.0\.1:[0-9]*$' "$dir/$kind.relay"); do sleep 0.05; done
  UNMOOR_ENGINES+="$kind=$place=$(tests/engines/install.sh "$kind") "
done
export UNMOOR_ENGINES
# Beside this one, so that a signal to this one is heard at once.
setpriv --pdeathsig KILL "$wine" "$@" <&0 9>&- &
started+=($!)
status=0
wait $! || status=$?
exit "$status"
