#!/usr/bin/env bash
# Builds and tests xtape on a Debian that nobody has touched: makes a root with debootstrap, copies the tracked files
# into it, runs the two commands of the README, or the one given, and prints the versions of what it was built from.
#
#   tests/on_fresh_debian.sh bookworm|trixie [COMMAND...]
#
# Needs root and Linux. Roots are kept between runs in $XTAPE_DEBIAN_ROOTS (default /var/tmp/xtape-debian); the tree is
# copied anew each time, and ccache's folder stays. The host's Debian mirror, proxy and certificates serve in there too.
set -euo pipefail
cd "$(dirname "$0")/.."

suite=${1:-}
[[ $suite =~ ^(bookworm|trixie)$ ]] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
shift
commands=("$*")
[ $# -gt 0 ] || commands=("examples/quickstart.sh --epochs 1" "tests/run.sh")
[ "$(id -u)" -eq 0 ] || { echo "on_fresh_debian: debootstrap and chroot need root" >&2; exit 1; }

roots=${XTAPE_DEBIAN_ROOTS:-/var/tmp/xtape-debian}
root=$roots/$suite
command -v debootstrap >/dev/null || examples/install_packages.sh debootstrap
command -v debootstrap >/dev/null || exit 1

host_mirror() {
  grep -rhoE 'https?://[^ ]+' /etc/apt/sources.list /etc/apt/sources.list.d 2>/dev/null | grep -E '/debian/?$' | head -n 1
}

if [ ! -f "$root/.complete" ]; then
  rm -rf "$root"
  mkdir -p "$roots"
  mirror=$(host_mirror || true)
  # Without a mirror given, debootstrap has its own.
  debootstrap --variant=minbase "$suite" "$root" ${mirror:+"$mirror"} >"$roots/$suite.log" ||
    { tail -n 20 "$roots/$suite.log" >&2; exit 1; }
  touch "$root/.complete"
fi

cp -L /etc/resolv.conf "$root/etc/resolv.conf"
mkdir -p "$root/usr/local/share/ca-certificates" "$root/etc/ssl/certs"
cp /usr/local/share/ca-certificates/*.crt "$root/usr/local/share/ca-certificates/" 2>/dev/null || true
# The bundle, until the package ca-certificates makes its own.
[ -s "$root/etc/ssl/certs/ca-certificates.crt" ] || cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/" 2>/dev/null || true
{ grep -rhiE '^ *Acquire::https?::proxy' /etc/apt/apt.conf /etc/apt/apt.conf.d 2>/dev/null || true; } >"$root/etc/apt/apt.conf.d/80host-proxy"

mounted=()
unmount() {
  for ((i = ${#mounted[@]} - 1; i >= 0; --i)); do umount "${mounted[i]}" || umount --lazy "${mounted[i]}"; done
}
trap unmount EXIT
mount_in() { mount "$@" && mounted+=("${!#}"); }
mount_in -t proc proc "$root/proc"
mount_in --bind /dev "$root/dev"

# Without what a build left behind: as a clone would be, with changes that are not committed yet.
rm -rf "$root/xtape"
mkdir "$root/xtape"
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
  [ ! -e "$file" ] || printf '%s\0' "$file"
done | tar --null --files-from - -c | tar -x -C "$root/xtape" --no-same-owner

in_root() {
  local variables=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt) name
  for name in http_proxy https_proxy no_proxy CMAKE_BUILD_PARALLEL_LEVEL OMP_NUM_THREADS; do
    [ -z "${!name:-}" ] || variables+=("$name=${!name}")
  done
  chroot "$root" /usr/bin/env -i "${variables[@]}" bash -c "cd /xtape && $1"
}

status=0
for command in "${commands[@]}"; do
  echo "== $suite: $command"
  in_root "$command" || { status=$?; echo "== $suite: failed: $command" >&2; break; }
done

echo "== $suite: versions"
in_root "dpkg-query -W -f='\${Package} \${Version}\n' g++ cmake libxtensor-dev libxtensor-blas-dev libxsimd-dev \
  libopenblas-openmp-dev libdnnl-dev catch2 zlib1g-dev 2>/dev/null" | while read -r package version; do
  printf '%-24s %s\n' "$package" "$version"
done || true
exit "$status"
