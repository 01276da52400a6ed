#!/usr/bin/env bash
# Installs what the program needs from this system, on Debian and Ubuntu. Says what it is about to install,
# and does nothing when all of it is there.
#
#   install.sh run     to build the program and open its window
#   install.sh test    also to run all of its tests, with the private engines they start
#   install.sh windows also to build it for Windows, and to run tests of that under wine
set -euo pipefail

fail() {
  printf 'install: %s\n' "$*" >&2
  exit 1
}

purpose=${1:-}
# The window's libraries are loaded when it opens, not linked.
wanted=(libegl1 libgl1-mesa-dri libx11-6 libx11-xcb1 libxcursor1 libxi6 libxkbcommon-x11-0)
# Any C compiler will do as the linker.
command -v cc >/dev/null || wanted+=(gcc libc6-dev)
case $purpose in
  run) ;;
  test | windows)
    wanted+=(xvfb dbus debian-archive-keyring)
    # An ordinary user's engines need more than one user id inside them.
    [ "$(id -u)" = 0 ] || wanted+=(uidmap)
    [ "$purpose" = test ] || wanted+=(gcc-mingw-w64-x86-64 socat wine wine64)
    ;;
  *) fail "usage: install.sh run|test|windows" ;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  # Elsewhere the packages have other names, and most desktops have them.
  printf 'install: this is no Debian or Ubuntu; the counterparts of these are needed: %s\n' "${wanted[*]}" >&2
  [ "$purpose" = run ] && exit 0
  fail "the tests' engines come from Debian packages"
fi

missing=()
# It fails where it has never heard of one of them, having told the state of the others.
states=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${wanted[@]}" 2>/dev/null) || true
present=" $(sed -n 's/^installed //p' <<<"$states" | tr '\n' ' ')"
for package in "${wanted[@]}"; do
  [[ $present == *" $package "* ]] || missing+=("$package")
done

if [ ${#missing[@]} -gt 0 ]; then
  printf 'install: about to install with apt: %s\n' "${missing[*]}"
  as_root=()
  if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null || fail "not root, and no sudo: run as root: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  # One unreachable source of somebody else's must not stop the others.
  "${as_root[@]}" apt-get -q update || printf 'install: not every package list could be refreshed\n' >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends "${missing[@]}" ||
    fail "apt could not install: ${missing[*]}"
fi

if [ "$purpose" != run ]; then "$(dirname "$0")/tests/engines/install.sh" >/dev/null; fi
