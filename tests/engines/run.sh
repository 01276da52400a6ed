#!/usr/bin/env bash
# Runs one private engine in the foreground, for tests that need a real one.
#
#   run.sh KIND DIR           KIND as in install.sh; DIR is created, and removed at the end
#
# Prints one line, the address of the engine, once it answers; then waits for the end of its standard input
# and takes everything down. Killed by any means, it leaves no process, mount or folder behind.
#
# The engine sees nothing of this machine but its kernel: it has its own mounts, processes, cgroup and
# network (loopback only). Beside it runs a registry on 127.0.0.1:80, which three host names lead to.
#
# UNMOOR_ENGINE_TRUSTS names more registries, one after the other, that it may speak to without TLS.
# UNMOOR_ENGINE_NAME is what the engine's machine is called; else as this one.
# UNMOOR_ENGINE_DATA=64m gives the engine a disk of that size and no more.
# UNMOOR_ENGINE_DRIVER=vfs keeps image layers as plain copies; chosen by itself where overlay does not work.
#
# Three processes make it safe to kill: this one; a keeper in a session of its own, which outlives it just
# long enough to clean up; and the first process of the engine's namespace (init.sh), with whose death the
# kernel ends all the others there.
set -euo pipefail
export LC_ALL=C
self=$(readlink -f "${BASH_SOURCE[0]}")
here=${self%/*}

fail() {
  printf 'test engine: %s\n' "$*" >&2
  exit 1
}

main() {
  [ $# = 2 ] || fail "usage: run.sh KIND DIR"
  local kind=$1 root dir own=(--mount) mode=root address
  root=$("$here/install.sh" "$kind")
  mkdir -p -- "$2"
  dir=$(cd -- "$2" && pwd -P)
  [ -z "$(ls -A -- "$dir")" ] || fail "$dir is not empty"
  # The kernel allows a socket path 107 bytes.
  [ ${#dir} -le 95 ] || fail "the path is too long for a socket in it: $dir"
  if [ "$(id -u)" != 0 ]; then
    mode=user
    own+=(--user --map-root-user --map-auto --cgroup)
    rootless_possible
  fi
  # The keeper learns through its standard input that this process is gone, however it went.
  coproc KEEPER { exec setsid unshare "${own[@]}" -- bash "$self" --keep "$kind" "$dir" "$root" "$mode"; }
  local pid=$KEEPER_PID from=${KEEPER[0]} life=${KEEPER[1]}
  # shellcheck disable=SC2064 # these numbers, as they are now
  trap "exec $life>&-; wait $pid || true; rm -rf --one-file-system -- '$dir'" EXIT
  trap 'exit 143' TERM INT HUP
  # The keeper or the engine has said why, if there is no line.
  IFS= read -r address <&"$from" || exit 1
  printf '%s\n' "$address"
  while read -r _; do :; done
}

rootless_possible() {
  command -v newuidmap >/dev/null || fail "without root, engines need newuidmap: install the package uidmap"
  grep -qE "^($(id -un)|$(id -u)):" /etc/subuid 2>/dev/null ||
    fail "without root, engines need subordinate ids: none for $(id -un) in /etc/subuid"
  unshare --help | grep -q -e --map-auto || fail "without root, engines need util-linux 2.38 or later"
  unshare --user --map-root-user --map-auto true ||
    fail "this system does not let an ordinary user create user namespaces: run the tests as root"
}

# In a mount namespace of its own, so that a killed keeper leaves no mount either.
keep() {
  local kind=$1 dir=$2 root=$3 mode=$4 status=0 group=unmoor-$$ left
  # Cleaning up matters more than being able to tell somebody.
  trap '' PIPE
  mkdir "$dir/cgroup" "$dir/root" "$dir/data"
  # On hosts with the older cgroup layout too, this gives every engine the same view.
  if [ "$mode" = root ]; then
    mount -t cgroup2 none "$dir/cgroup" || fail "the kernel has no cgroup2"
    # A keeper that was killed could not remove its group.
    for left in "$dir"/cgroup/unmoor-*; do
      [ -d "/proc/${left##*-}" ] || remove_group "$left" || true
    done
  fi
  setpriv --pdeathsig KILL unshare --pid --fork --kill-child --mount --ipc --uts --net -- \
    bash "$self" --enter "$kind" "$dir" "$root" "$mode" "$group" || status=$?
  if [ "$mode" = root ]; then
    # A cgroup counts as used until the kernel has finished with its last process.
    for _ in {1..60}; do
      if [ ! -d "$dir/cgroup/$group" ] || remove_group "$dir/cgroup/$group"; then break; fi
      sleep 0.05
    done
    umount -l "$dir/cgroup"
  fi
  rm -rf --one-file-system -- "$dir"
  exit "$status"
}

remove_group() {
  find "$1" -depth -type d -exec rmdir {} + 2>/dev/null
}

# The namespace of cgroups is rooted where its first process is: enter the group, then make the namespace.
enter() {
  local kind=$1 dir=$2 root=$3 mode=$4 group=$2/cgroup/$5
  [ "$mode" = root ] || exec bash "$self" --build "$kind" "$dir" "$root" "$mode"
  mkdir "$group"
  echo 0 >"$group/cgroup.procs"
  exec unshare --cgroup -- bash "$self" --build "$kind" "$dir" "$root" "$mode"
}

# Builds the engine's view of the file system, moves into it and becomes init.sh.
build() {
  local kind=$1 dir=$2 root=$3 mode=$4 new=$2/root place driver pid
  # As it is called outside: this is still the outer /proc. init.sh keeps the number.
  read -r pid _ </proc/self/stat
  echo "$pid" >"$dir/pid"
  mount --bind "$root" "$new"
  # In a user namespace the kernel may refuse to change the flags of a mount it inherited.
  mount -o remount,bind,ro "$new" 2>/dev/null || [ "$mode" = user ]
  mount -t proc none "$new/proc" || fail "cannot mount /proc: is this a container without privileges?"
  mount -t sysfs none "$new/sys" 2>/dev/null || mount --rbind /sys "$new/sys"
  mount --rbind /dev "$new/dev"
  # Engines that shared /dev/shm would share their locks (Podman).
  for place in run tmp var root opt etc/docker dev/shm; do mount -t tmpfs none "$new/$place"; done
  # Podman finds no image by a short name where it cannot write to its cache.
  mkdir "$new"/var/{lib,tmp,cache}
  mount -t cgroup2 none "$new/sys/fs/cgroup" || fail "cannot mount cgroup2"
  [ "$mode" = user ] || delegate "$new/sys/fs/cgroup"
  # In memory, where nothing waits for a disk and nothing can stay. A user's tmpfs lacks what overlay needs
  # on many kernels.
  if [ -n "${UNMOOR_ENGINE_DATA:-}" ]; then
    mount -t tmpfs -o "size=$UNMOOR_ENGINE_DATA" none "$dir/data"
  elif [ "$mode" = root ]; then
    mount -t tmpfs none "$dir/data"
  fi
  driver=${UNMOOR_ENGINE_DRIVER:-$(storage_driver "$dir/data/probe")}
  settings "$kind" "$dir" "$mode" "$driver"
  cp "$here/init.sh" "$dir/init.sh"
  mount --rbind "$dir" "$new/engine"
  mount --bind "$dir/hosts" "$new/etc/hosts"
  "$root/usr/bin/busybox" ip link set lo up
  [ -z "${UNMOOR_ENGINE_NAME:-}" ] || "$root/usr/bin/busybox" hostname "$UNMOOR_ENGINE_NAME"
  cd "$new"
  pivot_root . old
  exec /usr/bin/busybox env -i PATH=/usr/sbin:/usr/bin HOME=/root \
    /usr/bin/busybox sh /engine/init.sh "$kind" "unix://$dir/engine.sock"
}

# A cgroup that hands controllers to its children must hold no process itself: this one moves to a leaf.
delegate() {
  local top=$1 controller
  mkdir "$top/init"
  echo 0 >"$top/init/cgroup.procs"
  for controller in $(<"$top/cgroup.controllers"); do
    echo "+$controller" >"$top/cgroup.subtree_control" 2>/dev/null || true
  done
}

storage_driver() {
  mkdir -p "$1"/{lower,upper,work,merged}
  if mount -t overlay none -o "lowerdir=$1/lower,upperdir=$1/upper,workdir=$1/work" "$1/merged" 2>/dev/null; then
    umount "$1/merged"
    echo overlay
  else
    echo vfs
  fi
  rm -rf "$1"
}

settings() {
  local kind=$1 dir=$2 mode=$3 driver=$4
  # The names of the registries in the case this program was made for. Plain HTTP on port 80 is what an
  # engine falls back to for registries it is told not to trust.
  local names=(index.qiniu.com index-dev.qiniu.io index.qbox.me) trusted
  read -ra trusted <<<"${UNMOOR_ENGINE_TRUSTS:-}"
  printf '127.0.0.1 localhost %s\n' "${names[*]}" >"$dir/hosts"
  cat >"$dir/registry.yml" <<'YAML'
version: 0.1
log: { level: error, accesslog: { disabled: true } }
storage: { filesystem: { rootdirectory: /engine/data/registry }, delete: { enabled: true } }
http: { addr: "127.0.0.1:80" }
YAML
  case $kind in
    podman-*) podman_settings "$dir" "$mode" "$driver" 127.0.0.1 "${names[@]}" "${trusted[@]}" ;;
    *) docker_settings "$kind" "$dir" "$mode" "$driver" 127.0.0.1 "${names[@]}" "${trusted[@]}" ;;
  esac
}

docker_settings() {
  local kind=$1 dir=$2 mode=$3 driver=$4 more=
  shift 4
  case $kind/$driver in
    *-containerd/vfs) driver=native more=',"features":{"containerd-snapshotter":true}' ;;
    *-containerd/overlay) driver=overlayfs more=',"features":{"containerd-snapshotter":true}' ;;
    */overlay) driver=overlay2 ;;
    */vfs) ;;
    *) fail "UNMOOR_ENGINE_DRIVER is overlay or vfs, not $driver" ;;
  esac
  # An ordinary user has no cgroup to give to containers; crun can do without.
  [ "$mode" = root ] || more+=',"default-runtime":"crun","runtimes":{"crun":{"path":"/usr/bin/crun","runtimeArgs":["--cgroup-manager=disabled"]}}'
  local registries
  registries=$(printf ',"%s"' "$@")
  printf '{"storage-driver":"%s","insecure-registries":[%s]%s}\n' "$driver" "${registries#,}" "$more" >"$dir/daemon.json"
}

podman_settings() {
  local dir=$1 mode=$2 driver=$3 cgroups=enabled name
  shift 3
  case $driver in overlay | vfs) ;; *) fail "UNMOOR_ENGINE_DRIVER is overlay or vfs, not $driver" ;; esac
  [ "$mode" = root ] || cgroups=disabled
  printf '[storage]\ndriver = "%s"\ngraphroot = "/engine/data/podman"\nrunroot = "/run/containers"\n' \
    "$driver" >"$dir/storage.conf"
  # Not every kernel has the controllers that its own limits need, and nobody may raise the limits given here.
  cat >"$dir/containers.conf" <<TOML
[containers]
cgroups = "$cgroups"
pids_limit = 0
default_ulimits = ["nofile=$(limit -Hn 1048576)", "nproc=$(limit -Hu 4194304)"]
[engine]
cgroup_manager = "cgroupfs"
events_logger = "file"
runtime = "crun"
[network]
network_config_dir = "/run/networks"
TOML
  # Short names are looked for at Docker Hub, as Podman's Docker-compatible API does.
  {
    printf 'unqualified-search-registries = ["docker.io"]\nshort-name-mode = "permissive"\n'
    for name in "$@"; do printf '[[registry]]\nlocation = "%s"\ninsecure = true\n' "$name"; done
  } >"$dir/registries.conf"
}

# A limit of this process twice, as soft and as hard one; the second argument stands for none.
limit() {
  local now
  now=$(ulimit "$1")
  [ "$now" != unlimited ] || now=$2
  printf '%s:%s' "$now" "$now"
}

case ${1:-} in
  --keep | --enter | --build) step=${1#--} && shift && "$step" "$@" ;;
  *) main "$@" ;;
esac
