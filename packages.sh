#!/bin/sh
# Installs the Debian packages of one section of packages.txt: packages.sh python|run|test
# Asks apt only when something is missing, and sudo only when not root.
set -eu
section=$1
list=$(dirname "$0")/packages.txt
names=$(awk -v section="$section" '$1 == section { print $2 }' "$list")

if ! command -v dpkg-query >/dev/null; then
    echo "packages.sh: this is not Debian; make sure that you have the like of:" $names >&2
    exit 0
fi
missing=
for name in $names; do
    state=$(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null || true)
    [ "$state" = installed ] || missing="$missing $name"
done
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null; then
    as_root=sudo
else
    echo "packages.sh: missing:$missing (install them as root: apt-get install$missing)" >&2
    exit 1
fi
echo "Installing Debian packages:$missing"
apt() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Acquire::Retries=5 -o DPkg::Lock::Timeout=300 "$@"
}
apt update
apt install --yes --no-install-recommends $missing >/dev/null
