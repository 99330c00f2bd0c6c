#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# packages.sh: installs the Debian packages that are missing. Nothing is asked.
#   packages.sh run    to build and run zonewatch
#   packages.sh test   these, and what the tests need
set -eu

run="gcc libc6-dev cmake ninja-build pkg-config libevent-dev libssl-dev libconfig-dev librrd-dev
libsqlite3-dev zlib1g-dev libcurl4-openssl-dev libjansson-dev libsystemd-dev uthash-dev libsnmp-dev openssl rrdtool
fonts-dejavu-core tzdata ca-certificates hostname iproute2 scdoc dpkg-dev
gettext libcairo2-dev libpango1.0-dev libzip-dev fonts-inter libjs-dygraphs libcrypt-dev zlib1g-dev
libseccomp-dev"
test="clang-14 libclang-rt-14-dev clang-format-14 clang-tidy-14 cppcheck libcmocka-dev python3 python3-pytest python3-pytest-xdist
python3-aiosmtpd python3-jsonschema fuse3 libfuse3-dev mandoc procps strace valgrind curl git binutils
snmpd snmp snmptrapd monitoring-plugins-basic prometheus prometheus-snmp-exporter prometheus-alertmanager smitools
slowhttptest universal-ctags systemd locales chromium qpdf poppler-utils collectd-core libesmtp6 nftables"

case ${1-} in
run) want=$run ;;
test)
	want="$run $test"
	# A node and npm from elsewhere will do, and would not go together with Debian's.
	command -v node >/dev/null || want="$want nodejs"
	command -v npm >/dev/null || want="$want npm"
	;;
*)
	echo "usage: packages.sh run|test" >&2
	exit 2
	;;
esac

# The security revision that libevent must have at least; CMakeLists.txt refuses an older one.
floor=2.1.12-stable-8+deb12u1
missing=
for p in $want; do
	v=$(dpkg-query -W -f='${db:Status-Status} ${Version}' "$p" 2>/dev/null || true)
	case $v in
	"installed "*)
		[ "$p" != libevent-dev ] || dpkg --compare-versions "${v#installed }" ge $floor ||
			missing="$missing $p"
		;;
	*) missing="$missing $p" ;;
	esac
done
[ -n "$missing" ] || exit 0

sudo=
if [ "$(id -u)" -ne 0 ]; then
	sudo="sudo -n"
	command -v sudo >/dev/null && sudo -n true 2>/dev/null || {
		echo "packages.sh: as root, run: apt-get install --no-install-recommends$missing" >&2
		exit 1
	}
fi
echo "packages.sh: installing$missing"
log=$(mktemp)
export DEBIAN_FRONTEND=noninteractive
# shellcheck disable=SC2086
if ! { $sudo apt-get update -q && $sudo apt-get install -qy --no-install-recommends $missing; } >"$log" 2>&1; then
	tail -n 15 "$log" >&2
	echo "packages.sh: apt-get failed; all of its output is in $log" >&2
	exit 1
fi
rm -f "$log"
