#!/usr/bin/env bash
# Downloads the private test engines into a cache folder and prints, for each KIND, the folder its binaries
# are in. Nothing is installed on this machine: apt only resolves and downloads, the packages are only
# unpacked, and none of their maintainer scripts runs. Needs no root.
#
#   install.sh [KIND...]      without a KIND: all of them
#
# UNMOOR_ENGINES names the cache folder (default: ~/.cache/unmoor/engines).
set -euo pipefail

# One line per kind: kind, Debian suite, version expected of the first package, packages.
# Kinds of one suite share one folder if they are the same engine: when the suite has moved on for one
# engine, what is there of another keeps serving.
kinds() {
  cat <<'TABLE'
docker-20             bookworm  ^20\.10\.  docker.io docker-registry busybox-static crun
docker-28             sid       ^28\.      docker.io docker-cli docker-registry busybox-static crun
docker-28-containerd  sid       ^28\.      docker.io docker-cli docker-registry busybox-static crun
podman-5              sid       ^5\.       podman crun netavark docker-registry busybox-static
ssh                   bookworm  ^1:9\.     openssh-server openssh-client
TABLE
}

# Raise it when the way a folder is unpacked changes: folders unpacked by an older recipe are replaced.
recipe=1

cache=${UNMOOR_ENGINES:-${XDG_CACHE_HOME:-$HOME/.cache}/unmoor/engines}
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
work=

fail() {
  printf 'test engines: %s\n' "$*" >&2
  exit 1
}

# The Debian mirror this machine already uses, so that its proxy or local mirror serves these packages too.
debian_mirror() {
  local uri
  # shellcheck disable=SC2016 # apt fills these in
  # apt knows the origin of a source once its lists were fetched: that is the surest sign.
  uri=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
    sed -n 's#^Debian|Debian|\(https\{0,1\}://.*\)$#\1#p' | head -n 1) || true
  # A fresh container has no lists yet. Both source formats hold the address as a word of its own;
  # other vendors' repositories for Debian end in /linux/debian.
  [ -n "$uri" ] || uri=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources 2>/dev/null |
    sed 's/#.*//' | tr -s '[:space:]' '\n' | grep -E '^https?://[^ ]+/debian/?$' | grep -v '/linux/debian/*$' | head -n 1) || true
  printf '%s\n' "${uri:-http://deb.debian.org/debian}"
}

# Writes the settings of a private apt that knows one suite and believes that nothing is installed.
private_apt() {
  local suite=$1
  mkdir -p "$work"/apt/{lists,archives}/partial "$work/apt/empty"
  : >"$work/apt/status"
  printf 'deb [signed-by=%s] %s %s main\n' "$keyring" "$(debian_mirror)" "$suite" >"$work/apt/sources.list"
  # Proxies and the like are kept; hooks and pins of the host are not.
  apt-config dump | grep '^Acquire::' >"$work/apt/apt.conf" || true
  cat >>"$work/apt/apt.conf" <<CONF
Dir::Etc::main "/dev/null";
Dir::Etc::parts "$work/apt/empty";
Dir::Etc::sourcelist "$work/apt/sources.list";
Dir::Etc::sourceparts "$work/apt/empty";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "$work/apt/empty";
Dir::State "$work/apt";
Dir::State::lists "$work/apt/lists";
Dir::State::status "$work/apt/status";
Dir::Cache "$work/apt";
Dir::Cache::archives "$work/apt/archives";
APT::Architecture "$(dpkg --print-architecture)";
APT::Install-Recommends "false";
APT::Sandbox::User "";
Acquire::Languages "none";
Acquire::Retries "3";
Debug::NoLocking "true";
CONF
}

unpack() {
  local root=$1 package
  # The suites' packages expect the merged layout: /bin is /usr/bin.
  mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
  for package in bin sbin lib lib64; do ln -s "usr/$package" "$root/$package"; done
  for package in "$work"/apt/archives/*.deb; do
    dpkg-deb --fsys-tarfile "$package" | tar -C "$root" --keep-directory-symlink -x \
      --exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' \
      --exclude='./usr/share/perl*' --exclude='*/perl*' --exclude='*/gconv' --exclude='*/systemd' --exclude='*/cni' \
      --exclude='*-fp' --exclude='*-fp-v1' --exclude='./usr/bin/ctr' --exclude='./usr/bin/dnet' --exclude='./usr/sbin/ovrouter'
    # shellcheck disable=SC2016 # dpkg-deb fills these in
    dpkg-deb -W --showformat='${Package} ${Version}\n' "$package" >>"$root/.versions"
  done
  # Places that run.sh mounts something on; the folder itself is mounted read-only.
  mkdir -p "$root"/{proc,sys,dev,run,tmp,root,opt,engine,old,var,etc/docker}
  ln -sf busybox "$root/usr/bin/sh"
  printf 'root:x:0:0::/root:/bin/sh\n' >"$root/etc/passwd"
  printf 'root:x:0:\n' >"$root/etc/group"
  : >"$root/etc/hosts"
  : >"$root/etc/resolv.conf"
}

install_suite() {
  local suite=$1 packages=$2 folder=$3 root=$cache/$3
  command -v apt-get >/dev/null || fail "apt-get is missing: the test engines come from Debian's packages"
  [ -e "$keyring" ] || fail "$keyring is missing: install the package debian-archive-keyring"
  mkdir -p "$cache"
  exec 9>"$cache/.lock-$folder"
  flock 9
  # Another process may have done it while this one waited.
  if installed "$root" "$packages"; then return; fi
  printf 'test engines: downloading %s from Debian %s into %s\n' "$packages" "$suite" "$root" >&2
  work=$cache/.build-$folder
  rm -rf "$work"
  private_apt "$suite"
  APT_CONFIG=$work/apt/apt.conf apt-get -qq update >&2 || fail "apt cannot read Debian $suite"
  # shellcheck disable=SC2086 # the packages are words
  APT_CONFIG=$work/apt/apt.conf apt-get -qq -y --download-only install $packages >&2 ||
    fail "apt cannot download $packages from Debian $suite"
  unpack "$work/root"
  printf '%s %s\n' "$recipe" "$packages" >"$work/root/.packages"
  # There is an older folder only when the recipe or the table has changed.
  rm -rf "$root"
  mv "$work/root" "$root"
  rm -rf "$work"
  exec 9>&-
}

installed() {
  local found=
  [ -e "$1/.packages" ] && read -r found <"$1/.packages"
  [ "$found" = "$recipe $2" ]
}

# All packages that any kind of a suite and an engine asks for, in the table's order.
suite_packages() {
  local kind suite version packages word all=
  while read -r kind suite version packages; do
    [ "$suite ${packages%% *}" = "$1 $2" ] || continue
    for word in $packages; do
      case " $all " in *" $word "*) ;; *) all="$all${all:+ }$word" ;; esac
    done
  done < <(kinds)
  printf '%s\n' "$all"
}

install_kind() {
  local wanted=$1 kind suite version packages name found
  while read -r kind suite version packages; do
    [ "$kind" = "$wanted" ] || continue
    local engine=${packages%% *} all folder
    folder=$suite-$engine
    all=$(suite_packages "$suite" "$engine")
    installed "$cache/$folder" "$all" || install_suite "$suite" "$all" "$folder"
    # A suite that moves must not silently change what the tests run against.
    while read -r name found; do
      [ "$name" = "$engine" ] || continue
      [[ $found =~ $version ]] || fail "$kind expects $name $version, but Debian $suite gave $found (in $cache/$folder).
If the suite has moved on, take the kind from another suite in $0, or raise the expected version there and look at every test again."
      printf '%s\n' "$cache/$folder"
      return
    done <"$cache/$folder/.versions"
    fail "$cache/$folder holds no $engine: remove that folder and try again"
  done < <(kinds)
  fail "unknown kind $wanted; known are: $(kinds | cut -d' ' -f1 | paste -sd' ')"
}

[ $# -gt 0 ] || mapfile -t all_kinds < <(kinds | cut -d' ' -f1)
for kind in "${@:-${all_kinds[@]}}"; do install_kind "$kind"; done
