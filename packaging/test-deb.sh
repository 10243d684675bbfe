#!/bin/sh
# Installs the package over a copy of this machine's root that is thrown away afterwards, uses it, removes and purges it.
# Needs to be root, and what the package depends on.   packaging/test-deb.sh FILE.deb
set -eu
package=$(realpath "$1")

if [ "${INSIDE:-}" != yes ]; then
    exec env INSIDE=yes unshare --mount --pid --fork "$0" "$package"
fi

root=$(mktemp -d)
mount -t tmpfs none "$root"
mkdir "$root/upper" "$root/work" "$root/merged"
mount -t overlay -o "lowerdir=/,upperdir=$root/upper,workdir=$root/work" none "$root/merged"
mount -t proc none "$root/merged/proc"
mount --rbind /dev "$root/merged/dev"
mount -t tmpfs none "$root/merged/tmp"
cp "$package" "$root/merged/tmp/package.deb"
exec chroot "$root/merged" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 sh -eu <<'INSIDE'
say() { echo "test-deb: $*"; }
printf '#!/bin/sh\nexit 101\n' > /usr/sbin/policy-rc.d && chmod +x /usr/sbin/policy-rc.d

dpkg --install /tmp/package.deb
test -z "$(dpkg --audit)"
say "installed"

phoneetiquette --version
phoneetiquette doctor --json > /tmp/doctor.json || test $? = 1
grep -q '"SIP library pjsua2' /tmp/doctor.json
test ! -e /usr/lib/phoneetiquette/.git
systemd-analyze verify --man=no /usr/lib/systemd/system/phoneetiquette-edge-media.service
sed 's/%i/desk/g' '/usr/lib/systemd/system/phoneetiquette@.service' > /tmp/phoneetiquette-desk.service
systemd-analyze verify --man=no /tmp/phoneetiquette-desk.service
test -e /usr/lib/udev/rules.d/70-phoneetiquette-headset.rules
test -e /usr/share/man/man1/phoneetiquette-restore.1.gz
bash -c 'source /usr/share/bash-completion/completions/phoneetiquette; complete -p phoneetiquette' > /dev/null
say "units, rules, manual pages and completion are there"

mkdir -p /etc/phoneetiquette /var/lib/phoneetiquette/desk
cat > /etc/phoneetiquette/desk.yaml <<YAML
seat: {name: desk, hardware: none}
sip: {port: 15998, rtp_ports: {first: 31000, last: 31063}}
audio: {backend: "null"}
console: {port: 0}
records: {directory: /var/lib/phoneetiquette/desk}
YAML
phoneetiquette check /etc/phoneetiquette/desk.yaml
export XDG_RUNTIME_DIR=/tmp/run && mkdir -m 700 /tmp/run
phoneetiquette run --config /etc/phoneetiquette/desk.yaml > /tmp/seat.log 2>&1 &
seat=$!
tries=0
until phoneetiquette status > /tmp/status 2>/dev/null && grep -q 'ready for calls' /tmp/status; do
    tries=$((tries + 1))
    test $tries -lt 60 || { cat /tmp/seat.log; exit 1; }
    sleep 1
done
say "$(head -1 /tmp/status)"
phoneetiquette backup --config /etc/phoneetiquette/desk.yaml /tmp/
kill $seat && wait $seat
say "a seat ran and was backed up"

dpkg --remove phoneetiquette
dpkg --purge phoneetiquette
test -e /etc/phoneetiquette/desk.yaml
test -e /var/lib/phoneetiquette/desk/journal
test ! -e /usr/lib/phoneetiquette
test ! -e /usr/bin/phoneetiquette
say "removed and purged: configuration and records are still there"
INSIDE
