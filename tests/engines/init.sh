#!/bin/sh
# The first process in a private engine's namespaces: starts the registry and the engine, says when both
# answer, and ends when the engine does or when nobody holds the other end of its standard input any more.
# With it the kernel ends every process here. Runs in busybox: run.sh has moved to the engine's own root.
#
#   init.sh KIND ADDRESS
set -eu
kind=$1 address=$2
busybox umount -l /old

fail() {
  echo "test engine: $kind $*; the end of its log:" >&2
  busybox tail -n 15 /engine/registry.log /engine/engine.log >&2
  exit 1
}

exec 3<&0 </dev/null
docker-registry serve /engine/registry.yml >/engine/registry.log 2>&1 3<&- &
registry=$!

start_docker() {
  # No bridge and no firewall rules: the engine's network is loopback, its containers have none.
  set -- --bridge=none --iptables=false
  case $kind in docker-20) ;; *) set -- "$@" --ip6tables=false ;; esac
  dockerd --config-file /engine/daemon.json --host unix:///engine/engine.sock --group root \
    --data-root /engine/data/docker --exec-root /run/docker --pidfile /run/docker.pid \
    --exec-opt native.cgroupdriver=cgroupfs "$@" >/engine/engine.log 2>&1 3<&- &
}

start_podman() {
  export CONTAINERS_CONF=/engine/containers.conf CONTAINERS_STORAGE_CONF=/engine/storage.conf
  export CONTAINERS_REGISTRIES_CONF=/engine/registries.conf
  podman system service --time=0 unix:///engine/engine.sock >/engine/engine.log 2>&1 3<&- &
}

start() {
  case $kind in podman-*) start_podman ;; *) start_docker ;; esac
  engine=$!
}
start

# Only now: what was killed must not be started afterwards.
(
  read -r _ <&3 || true
  # All but the first process, which then sees its engine gone.
  kill -9 -1
) >/dev/null &
exec 3<&-

answers() {
  [ -S /engine/engine.sock ] &&
    busybox wget -q -O /dev/null http://127.0.0.1/v2/ 2>/dev/null &&
    case $kind in
      podman-*) podman --url unix:///engine/engine.sock version ;;
      *) docker --host unix:///engine/engine.sock version ;;
    esac >/dev/null 2>&1
}

deadline=$(($(busybox date +%s) + 30))
until answers; do
  kill -0 "$registry" 2>/dev/null || fail "has no registry"
  kill -0 "$engine" 2>/dev/null || fail "did not start"
  [ "$(busybox date +%s)" -lt "$deadline" ] || fail "does not answer after 30 s"
  busybox sleep 0.05
done
echo "$address"
# Nobody has to listen from here on, not even to the shell's word on what was killed.
exec >/dev/null 2>&1
wait "$engine" || true
# A test that has it die makes this file first.
while busybox rm /engine/again 2>/dev/null; do
  busybox rm -f /run/docker.pid
  start
  wait "$engine" || true
done
