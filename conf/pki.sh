#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# pki.sh: a small private certificate authority for one site, by openssl(1) alone.
#
# All keys are EC P-256. The authority is valid for ten years. Certificates of the collector and
# of nodes are valid for 825 days, the longest that common TLS software accepts: long enough that
# renewal is a yearly errand, short enough that a forgotten key does not stay good for ever.
# Serial numbers are random, so that no file has to count them. Nothing is asked.
set -eu
umask 077

ca_days=3650
days=${ZONEWATCH_CERT_DAYS:-825}

usage() {
	cat <<'END'
usage: pki.sh DIR init                        make the authority DIR/ca.crt, DIR/ca.key (kept if there)
       pki.sh DIR collector NAME-OR-ADDR...   make DIR/collector.crt, .key: the collector's certificate,
                                              for the host names and addresses that agents connect to
       pki.sh DIR web NAME-OR-ADDR...         make DIR/web.crt, .key: the certificate of the page, for the host
                                              names and addresses that browsers go to
       pki.sh DIR node NAME [NAME...]         make DIR/nodes/NAME.crt, .key: the certificate of one agent
                                              or gateway, named by the first, that may speak for them all
       pki.sh DIR nodes NAME...               the same for several agents, a certificate each

Running it again renews: a new key and certificate replace the old ones; the authority is kept.
Files of keys have mode 0600. ca.key is needed on no server: keep it, and DIR, where few can go.
ZONEWATCH_CERT_DAYS=N makes certificates that are valid for N days (default 825).

Example:
    pki.sh pki init
    pki.sh pki collector monitor.example.az 192.0.2.10
    pki.sh pki web monitor.example.az
    pki.sh pki nodes srv-01 srv-02 srv-03
    scp pki/ca.crt pki/nodes/srv-01.* srv-01:/etc/zonewatch/tls/
END
}

die() {
	echo "pki.sh: $*" >&2
	exit 1
}

# A node's name, by the rules of the programs (str_is_name).
check_name() {
	case $1 in
	'' | [!A-Za-z0-9_]* | *[!A-Za-z0-9_.-]* | *..*)
		die "\"$1\" is no name of a node: it takes letters, digits, _ . and -, not . or - first" ;;
	esac
	[ ${#1} -le 63 ] || die "\"$1\" is longer than 63 characters"
}

# DNS:NAME or IP:ADDR, as the argument looks.
host_name() {
	case $1 in
	'' | *[!A-Za-z0-9.:-]* | [.-]* | *..*) die "\"$1\" is neither a host name nor an address" ;;
	*:*) echo "IP:$1" ;;
	*[!0-9.]*) echo "DNS:$1" ;;
	*.*.*.*) echo "IP:$1" ;;
	*) die "\"$1\" is neither a host name nor an address" ;;
	esac
}

# openssl with its chatter kept back unless it fails.
quiet() {
	"$@" >"$tmp/log" 2>&1 || {
		cat "$tmp/log" >&2
		die "$1 failed; nothing was changed"
	}
}

# move FILE (without .crt, .key): what was made replaces what was there.
install_pair() {
	chmod 600 "$tmp/new.key"
	chmod 644 "$tmp/new.crt"
	mv -f "$tmp/new.key" "$1.key"
	mv -f "$tmp/new.crt" "$1.crt"
}

init() {
	mkdir -p "$dir"
	if [ -e "$dir/ca.crt" ] && [ -e "$dir/ca.key" ]; then
		echo "kept $dir/ca.crt, the authority that is there"
		return
	fi
	for f in "$dir/ca.crt" "$dir/ca.key"; do
		[ ! -e "$f" ] || die "$f is there without its other half; restore that, or move it away"
	done
	make_tmp
	cat >"$tmp/conf" <<-END
	[req]
	distinguished_name = dn
	prompt = no
	x509_extensions = ext
	[dn]
	CN = zonewatch authority $(date -u +%Y-%m-%d) $(openssl rand -hex 4)
	[ext]
	basicConstraints = critical, CA:TRUE, pathlen:0
	keyUsage = critical, keyCertSign, cRLSign
	subjectKeyIdentifier = hash
	END
	quiet openssl req -x509 -config "$tmp/conf" -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
		-nodes -sha256 -days "$ca_days" -keyout "$tmp/new.key" -out "$tmp/new.crt"
	install_pair "$dir/ca"
	echo "made $dir/ca.crt, valid for $ca_days days; its key is $dir/ca.key"
}

# issue FILE CN USAGE SAN: a certificate signed by the authority.
issue() {
	cat >"$tmp/conf" <<-END
	[req]
	distinguished_name = dn
	prompt = no
	x509_extensions = ext
	[dn]
	CN = $2
	[ext]
	basicConstraints = critical, CA:FALSE
	keyUsage = critical, digitalSignature
	extendedKeyUsage = $3
	subjectKeyIdentifier = hash
	authorityKeyIdentifier = keyid:always
	subjectAltName = $4
	END
	quiet openssl req -x509 -config "$tmp/conf" -CA "$dir/ca.crt" -CAkey "$dir/ca.key" \
		-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -sha256 -days "$days" \
		-keyout "$tmp/new.key" -out "$tmp/new.crt"
	what=made
	[ ! -e "$1.crt" ] || what=renewed
	install_pair "$1"
	echo "$what $1.crt ($4), valid for $days days; its key is $1.key"
}

# node NAME...: one certificate for all of them.
node() {
	san=
	for name; do
		check_name "$name"
		san="${san:+$san,}URI:urn:zonewatch:node:$name"
	done
	issue "$dir/nodes/$1" "$1" clientAuth "$san"
}

# server FILE NAME-OR-ADDR...: a certificate of a server that is called so.
server() {
	file=$1
	shift
	san=
	for name; do
		one=$(host_name "$name")
		san="${san:+$san,}$one"
	done
	# A common name is for people, and may have 64 bytes.
	issue "$file" "$(printf %.64s "$1")" serverAuth "$san"
}

collector() {
	server "$dir/collector" "$@"
}

# The page's is one of its own: its key can be renewed without the agents.
web() {
	server "$dir/web" "$@"
	echo "browsers must trust $dir/ca.crt: import it where they run, or use another authority's"
}

# Made beside the results, so that moving them is a rename.
make_tmp() {
	tmp=$(mktemp -d "$dir/.tmp.XXXXXX")
	trap 'rm -rf "$tmp"' EXIT
	trap 'exit 1' HUP INT TERM
}

need_authority() {
	[ -e "$dir/ca.crt" ] && [ -e "$dir/ca.key" ] ||
		die "no authority in $dir; make one first: pki.sh $dir init"
	mkdir -p "$dir/nodes"
	make_tmp
}

case ${1:-} in
-h | --help)
	usage
	exit 0 ;;
esac
[ $# -ge 2 ] || {
	usage >&2
	exit 64
}
command -v openssl >/dev/null || die "openssl is needed: apt-get install openssl"
case $days in
'' | *[!0-9]* | 0*) die "ZONEWATCH_CERT_DAYS=$days is no number of days" ;;
esac
dir=$1
verb=$2
shift 2
case $verb in
init)
	[ $# -eq 0 ] || die "init takes no names"
	init ;;
collector | web | node | nodes)
	[ $# -ge 1 ] || die "$verb: for whom? Try pki.sh --help"
	need_authority
	if [ "$verb" = nodes ]; then
		for each; do check_name "$each"; done
		for each; do node "$each"; done
	else
		"$verb" "$@"
	fi ;;
*)
	echo "pki.sh: unknown verb \"$verb\"" >&2
	usage >&2
	exit 64 ;;
esac
