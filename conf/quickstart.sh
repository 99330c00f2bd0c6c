#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# quickstart.sh: from a fresh Debian 12 to a running collector, with this machine's agent in it.
#
# Installs what is missing, builds, makes a private certificate authority, starts the collector, the
# agent of this machine and a gateway, prints the page's address and goes on until Ctrl-C. Everything it makes
# lies under one directory. It may be run again at any time.
set -eu
umask 077

asked=$(pwd)
cd "$(dirname "$0")/.."
root=$(pwd)
state=$root/build/quickstart
port=7480
seconds=0
simulate=no
history=no

usage() {
	cat <<'END'
usage: sh conf/quickstart.sh [--simulate] [--history] [--for SECONDS] [--state DIR] [--port N]

  --simulate     add 37 simulated servers in four zones, the cooling, power and network equipment
                 around them and 24 links, with an incident every few minutes
  --history      begin with 400 days that never were, to try reports on: the RRDs, the catalog and
                 the history of an empty DIR are filled with them (1.4 GB, half a minute), and
                 the run goes on where they end; their true figures stand in DIR/truth.json.
                 Best with --simulate: without it they are this machine's alone
  --for SECONDS  stop by itself after so long, print a summary, and exit 0 only if everything
                 that was expected has arrived
  --state DIR    where everything lies (build/quickstart)
  --port N       the page's port on 127.0.0.1 (7480); agents use the next one, traps the one
                 after that, simulated equipment the third
END
}

say() {
	printf 'quickstart: %s\n' "$*"
}

die() {
	printf 'quickstart: %s\n' "$*" >&2
	exit 1
}

is_number() {
	case $1 in
	'' | *[!0-9]*) return 1 ;;
	esac
}

while [ $# -gt 0 ]; do
	case $1 in
	--simulate) simulate=yes ;;
	--history) history=yes ;;
	--for | --state | --port)
		[ $# -ge 2 ] || die "$1 wants a value; see --help"
		case $1 in
		--for) seconds=$2 ;;
		--state) state=$2 ;;
		--port) port=$2 ;;
		esac
		shift
		;;
	-h | --help)
		usage
		exit 0
		;;
	*)
		usage >&2
		die "unknown option $1"
		;;
	esac
	shift
done
is_number "$seconds" || die "--for wants a number of seconds, not \"$seconds\""
is_number "$port" && [ "$port" -ge 1 ] && [ "$port" -le 65532 ] ||
	die "--port wants a number from 1 to 65532, not \"$port\""
case $state in
'') die "--state wants a directory" ;;
*[\'\"\\]*) die "--state: quotes and backslashes in the name are more than this script can take" ;;
/*) ;;
*) state=$asked/$state ;;
esac
agents=$((port + 1))
traps=$((port + 2))
plant=$((port + 3))

# --- what is needed, the build -----------------------------------------------------------------

sh conf/packages.sh run || exit 1
in_use() {
	ss -Hltun "sport = :$1" 2>/dev/null | grep -q .
}
for p in "$port" "$agents" "$traps" "$plant"; do
	! in_use "$p" || die "port $p is in use; take another --port"
done
build=$root/build/release
say "building in $build"
mkdir -p "$root/build" "$state"
exec 9>"$state/lock"
flock -n 9 || die "another quickstart runs on $state; stop it, or take another --state"
if ! { cmake -S "$root" -B "$build" -G Ninja >"$state/build.log" 2>&1 &&
	ninja -C "$build" zonewatch-agent zonewatch-collector zonewatch-store zonewatch-render \
		zonewatch-report zonewatch-issuer zonewatch-gateway zonewatch-snmp zonewatchctl zonewatch-sim >>"$state/build.log" 2>&1; }; then
	tail -n 20 "$state/build.log" >&2
	die "the build failed; all of its output is in $state/build.log"
fi
PATH=$build:$PATH

# --- certificates, configuration ---------------------------------------------------------------

# This machine's name as a node's: letters, digits, '.', '_', '-'.
me=$(hostname -s 2>/dev/null || uname -n)
me=$(printf '%s' "$me" | tr -c 'A-Za-z0-9._-' '-' | sed 's/^[.-]*//; s/\.\.*/./g; s/[.-]*$//' | cut -c1-40)
[ -n "$me" ] || me=thishost

# Simulated servers: 9 in zone A beside this machine, 10, 9 and 9 in the others.
servers() { # zone first last
	i=$2
	while [ "$i" -le "$3" ]; do
		printf 'sim%02d ' "$i"
		i=$((i + 1))
	done
}
sim_a=$(servers A 1 9)
sim_b=$(servers B 10 19)
sim_c=$(servers C 20 28)
sim_d=$(servers D 29 37)

pki=$state/pki
need=$me
[ "$simulate" = no ] || need="$me $sim_a $sim_b $sim_c $sim_d"
[ -f "$pki/ca.key" ] || sh conf/pki.sh "$pki" init >>"$state/build.log"
[ -f "$pki/collector.key" ] ||
	sh conf/pki.sh "$pki" collector localhost 127.0.0.1 >>"$state/build.log"
missing=
for n in $need; do
	[ -f "$pki/nodes/$n.key" ] || missing="$missing $n"
done
if [ -n "$missing" ]; then
	say "making certificates in $pki"
	# shellcheck disable=SC2086
	sh conf/pki.sh "$pki" nodes $missing >>"$state/build.log"
fi
[ -s "$state/token" ] || openssl rand -hex 24 >"$state/token"

# The gateway speaks for the equipment and the links; what those are, the simulator itself says.
gateway=$(printf '%s' "$me" | cut -c1-37)-gw
mkdir -p "$state/conf.d" "$state/gateway.conf.d" "$state/snmp"
rm -f "$state/conf.d/equipment.conf" "$state/gateway.conf.d/equipment.conf"
for f in v1.community v2c.community v3.auth v3.priv; do
	[ -s "$state/snmp/$f" ] || openssl rand -hex 12 >"$state/snmp/$f"
done
asked_nodes=loopback
if [ "$simulate" = yes ]; then
	zonewatch-sim --equipment "127.0.161.1:$plant" --credentials "$state/snmp" \
		--trap-sink "127.0.0.1:$traps" --write-nodes "$state/conf.d/equipment.conf" \
		--write-gateway-conf "$state/gateway.conf.d/equipment.conf" ||
		die "the simulator does not say what it simulates"
	asked_nodes="loopback $(sed -n 's/^  { name = "\([^"]*\)".*/\1/p' "$state/conf.d/equipment.conf" |
		tr '\n' ' ')"
fi
if [ "$(cat "$pki/gateway.nodes" 2>/dev/null)" != "$gateway $asked_nodes" ]; then
	# shellcheck disable=SC2086
	sh conf/pki.sh "$pki" node "$gateway" $asked_nodes >>"$state/build.log"
	echo "$gateway $asked_nodes" >"$pki/gateway.nodes"
fi

node_rows() { # zone names...
	zone=$1
	shift
	unit=2
	for n in "$@"; do
		printf '  { name = "%s"; zone = "%s"; rack = "%s1"; unit = %d; },\n' "$n" "$zone" "$zone" $unit
		unit=$((unit + 4))
	done
}

# Smaller archives than the default ones, which would take 3 GiB for 38 simulated servers. With a
# past they reach back over it; what no report speaks of is kept as briefly as ever.
brief='
    { step = "10s"; keep = "6h"; },
    { step = "1min"; keep = "2d"; },
    { step = "10min"; keep = "60d"; }
  '
archives=$brief
retention=
# A past that was cut short is begun again.
[ ! -f "$state/filling" ] || rm -rf "$state/catalog" "$state/rrd" "$state"/history.db*
[ "$history" = no ] || [ -d "$state/catalog" ] || : >"$state/history"
if [ -f "$state/history" ]; then
	archives='
    { step = "10s"; keep = "2h"; },
    { step = "1min"; keep = "1d"; },
    { step = "5min"; keep = "62d"; },
    { step = "1h"; keep = "400d"; }
  '
	retention='  retention = (
'
	for source in device disk status swap vmstat; do
		retention="$retention    { source = \"$source\"; archives = ($brief); },
"
	done
	retention="${retention%,?}
  );
"
fi
mkdir -p "$state/mail" "$state/log" "$state/graphs"
cat >"$state/collector.conf" <<END
# Made by conf/quickstart.sh; see zonewatch-collector.conf(5).
include = [ "$root/conf/rules/default.conf" ];
site = "Quickstart";
timezone = "Asia/Baku";
tls = { ca = "pki/ca.crt"; cert = "pki/collector.crt"; key = "pki/collector.key"; };
intake = { listen = "127.0.0.1:$agents"; };
enroll = { ca_key = "pki/ca.key"; };
store = {
  dir = "$state"; flush = "30s"; checkpoint = "20s";
  archives = ($archives);
$retention};
web = { listen = "127.0.0.1:$port"; token_file = "token"; url = "http://127.0.0.1:$port"; };
mail = {
  transport = "maildir:$state/mail";
  from = "zonewatch@localhost";
};
# The monthly report; zonewatchctl report makes one at once.
report = {
  organisation = "Quickstart";
  prepared = "Operations";
  approved = "Head of IT";
  tariff = 0.1;
  graphs = [ "$root/conf/graphs", "$state/graphs" ];
  recipients = (
    { address = "ministry@localhost"; language = "az"; },
    { address = "it@localhost"; weekly = true; },
    { address = "building@localhost"; language = "ru"; zone = "B"; }
  );
};
# Who is told what: the operators all; the ministry's IT team what is critical, in Azerbaijani, and
# each morning a sign of life; those of the building, in Russian, what is critical for the whole
# site, whichever zone.
recipients = (
  { address = "it@localhost"; },
  { address = "ministry@localhost"; language = "az"; severity = "critical"; daily = true; },
  { address = "building@localhost"; language = "ru"; severity = "critical"; zones = [ "site" ]; }
);
zones = (
  { name = "A"; title = "Zone A"; },
  { name = "B"; title = "Zone B"; },
  { name = "C"; title = "Zone C"; },
  { name = "D"; title = "Zone D"; },
  { name = "links"; title = "Links"; }
);
END
{
	echo 'nodes = ('
	{
		node_rows A "$me"
		printf '  { name = "%s"; kind = "device"; zone = "site"; title = "Gateway"; },\n' "$gateway"
		printf '  { name = "loopback"; kind = "link"; role = "uplink"; zone = "links"; title = "This machine"; },\n'
		if [ "$simulate" = yes ]; then
			# shellcheck disable=SC2086
			{
				node_rows A $sim_a
				node_rows B $sim_b
				node_rows C $sim_c
				node_rows D $sim_d
			}
		fi
	} | sed '$ s/,$//'
	echo ');'
} >"$state/conf.d/nodes.conf"
cat >"$state/agent.conf" <<END
# Made by conf/quickstart.sh; see zonewatch-agent.conf(5).
collectors = [ "127.0.0.1:$agents" ];
tls = { ca = "tls/ca.crt"; cert = "tls/agent.crt"; key = "tls/agent.key"; };
spool = { dir = "spool"; };
END
cat >"$state/gateway.conf" <<END
# Made by conf/quickstart.sh; see zonewatch-gateway.conf(5). The simulated equipment stands in
# gateway.conf.d.
collectors = [ "127.0.0.1:$agents" ];
state_dir = "gateway";
profile_dirs = [ "$root/conf/profiles" ];
tls = { ca = "pki/ca.crt"; cert = "pki/nodes/$gateway.crt"; key = "pki/nodes/$gateway.key"; };
spool = { dir = "gateway/spool"; };
probes = (
  { node = "loopback"; kind = "icmp"; address = "127.0.0.1"; },
  { node = "loopback"; kind = "tcp"; address = "127.0.0.1:$port"; }
);
END
cat >"$state/env" <<END
export ZONEWATCH_URL='http://127.0.0.1:$port'
export ZONEWATCH_TOKEN_FILE='$state/token'
export ZONEWATCH_GATEWAY_CONF='$state/gateway.conf'
export PATH="$build:\$PATH"
END
. "$state/env"
zonewatch-collector -n -c "$state/collector.conf" ||
	die "the configuration made for you is refused: that is a fault of quickstart.sh; why: $state/log/gateway.log"
if [ "$history" = yes ] && [ -d "$state/catalog" ]; then
	say "$state has values already: no past is put before them"
elif [ "$history" = yes ]; then
	say "filling $state with 400 days"
	: >"$state/filling"
	zonewatch-sim --history 400d --step 5 --conf "$state/collector.conf" \
		--truth "$state/truth.json" || die "the past could not be filled in"
	rm -f "$state/filling"
fi
mkdir -p "$state/gateway"
zonewatch-gateway -n -c "$state/gateway.conf" 2>>"$state/log/gateway.log" ||
	die "the gateway's configuration made for you is refused: that is a fault of quickstart.sh; why: $state/log/gateway.log"

# --- run ---------------------------------------------------------------------------------------

pids=
stop() {
	trap - EXIT INT TERM HUP
	# The agents first, so that the collector's last commit holds all they sent.
	for p in $pids; do
		kill "$p" 2>/dev/null || true
		wait "$p" 2>/dev/null || true
	done
}
trap stop EXIT
trap 'echo; say "stopping"; exit 0' INT TERM HUP

wait_for() { # seconds, what, command...
	left=$(($1 * 5))
	what=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		left=$((left - 1))
		[ $left -gt 0 ] || return 1
		kill -0 "$collector" 2>/dev/null || {
			tail -n 5 "$state/log/collector.log" >&2
			die "the collector ended; its log is $state/log/collector.log"
		}
		sleep 0.2
	done
}

started=$(date +%s)
mark=$state/started
: >"$mark"
zonewatch-collector -f -c "$state/collector.conf" 2>>"$state/log/collector.log" 9>&- &
collector=$!
pids=$collector
wait_for 20 collector zonewatchctl zones || die "the collector does not answer at $ZONEWATCH_URL"
# This machine's own agent comes in as any other would: by an invitation.
if ! { cmp -s "$pki/ca.crt" "$state/tls/ca.crt" &&
	openssl x509 -checkend 3600 -noout -in "$state/tls/agent.crt" &&
	zonewatch-agent -n -c "$state/agent.conf"; } >>"$state/log/agent.log" 2>&1; then
	asroot=
	[ "$(id -u)" != 0 ] || asroot=--user=root
	line=$(zonewatchctl agent invite "$me" 2>>"$state/log/agent.log") ||
		die "the collector invites nobody; why: $state/log/agent.log"
	line=${line%% &&*}
	# shellcheck disable=SC2086
	$line $asroot -c "$state/agent.conf" >>"$state/log/agent.log" 2>&1 ||
		die "this machine's agent got no certificate; why: $state/log/agent.log"
fi
zonewatch-agent -f -c "$state/agent.conf" 2>>"$state/log/agent.log" 9>&- &
agent=$!
pids="$agent $pids"
sim=
if [ "$simulate" = yes ]; then
	cat >"$state/faults" <<'END'
# AFTER KIND TARGET [for DURATION] [every DURATION]; see tests/sim/script.h
15s  cooling-failure zone=B     for 60s every 5min
150s host-dies       node=sim25 for 60s every 10min
200s disk-fills      node=sim33 for 120s every 10min
35s  ups-on-battery  node=ups-1 for 90s every 10min
45s  link-down       node=link-07 for 60s every 10min
100s leak            zone=D     for 30s every 10min
240s snmp-silent     node=pdu-c for 60s every 10min
300s probe-lost      probe=tmp-a for 60s every 10min
END
	list() { echo "$*" | tr ' ' ','; }
	# shellcheck disable=SC2086
	zonewatch-sim --collector "127.0.0.1:$agents" --pki "$pki" --state "$state/sim" \
		--script "$state/faults" --step 5 --speed 30 --equipment "127.0.161.1:$plant" \
		--credentials "$state/snmp" --trap-sink "127.0.0.1:$traps" \
		"A:$(list $sim_a)" "B:$(list $sim_b)" "C:$(list $sim_c)" "D:$(list $sim_d)" \
		2>>"$state/log/sim.log" 9>&- &
	sim=$!
	pids="$sim $pids"
fi
zonewatch-gateway -f -c "$state/gateway.conf" 2>>"$state/log/gateway.log" 9>&- &
gateway_pid=$!
pids="$gateway_pid $pids"

# Who may: a first admin gets a one-time link, as long as there is no password; the wall a token
# of its own, which can show the wall and nothing else.
link=
if ! zonewatchctl user list --json | grep -q '"password": true'; then
	link=$(zonewatchctl user link admin 2>/dev/null ||
		zonewatchctl user add admin --role admin 2>/dev/null) || link=
fi
if ! { [ -s "$state/wall-token" ] && zonewatchctl token list --json | grep -q '"name": "wall"'; }; then
	zonewatchctl token remove wall >/dev/null 2>&1 || true
	zonewatchctl token add wall --role wall >"$state/wall-token" 2>>"$state/build.log" ||
		die "the collector makes no token for the wall"
fi

# A report is of the last month, of which only a site with a past knows anything.
month=
[ "$history" = yes ] || month="--month $(date +%Y-%m) "
cat <<END

  zonewatch runs. The page:   http://127.0.0.1:$port/login?token=$(cat "$state/token")
  The wall:                   http://127.0.0.1:$port/wall?token=$(cat "$state/wall-token")
${link:+  Your account (once):        $link
}  In another shell:           . '$state/env'
                              zonewatchctl status
                              zonewatchctl last $me
                              zonewatchctl graph $me/cpu-total --last 1h -o cpu.svg
                              zonewatchctl incidents       # then, with a number of these:
                              zonewatchctl incident NUMBER
                              zonewatchctl ack NUMBER --comment 'on my way'
                              zonewatchctl report $month--lang az
  RRD files:                  $state/rrd
  Mails:                      $state/mail/new (to it@, ministry@ in Azerbaijani, building@ in Russian)
  Logs:                       $state/log
END
alive() {
	kill -0 "$collector" 2>/dev/null ||
		die "the collector ended; its log is $state/log/collector.log"
	kill -0 "$agent" 2>/dev/null || die "the agent ended; its log is $state/log/agent.log"
	kill -0 "$gateway_pid" 2>/dev/null ||
		die "the gateway ended; its log is $state/log/gateway.log"
	[ -z "$sim" ] || kill -0 "$sim" 2>/dev/null ||
		die "the simulator ended; its log is $state/log/sim.log"
}
if [ "$seconds" -eq 0 ]; then
	printf '  Ctrl-C stops it.\n\n'
	while :; do
		alive
		sleep 1
	done
fi
printf '  It stops by itself in %s s.\n\n' "$seconds"

# --- the unattended run: what was expected, and what came --------------------------------------

while [ $(($(date +%s) - started)) -lt "$seconds" ]; do
	alive
	sleep 1
done
failed=0
check() { # what, found, wanted at least
	if [ "$2" -ge "$3" ]; then
		printf '  ok      %-38s %s\n' "$1" "$2"
	else
		printf '  MISSING %-38s %s of %s\n' "$1" "$2" "$3"
		failed=1
	fi
}
zonewatchctl flush >/dev/null || failed=1
# shellcheck disable=SC2086
want=$(echo $need | wc -w)
now=$(date +%s)
delivered=0
fresh=0
look() { # nodes...: counts those that delivered, and their RRDs
	for n in "$@"; do
		new=no
		for f in "$state/rrd/$n"/*.rrd; do
			[ -f "$f" ] || continue
			[ $((now - $(rrdtool last "$f"))) -le 60 ] && fresh=$((fresh + 1)) && new=yes
		done
		[ $new = no ] || delivered=$((delivered + 1))
	done
}
# shellcheck disable=SC2086
look $need
echo "summary after $seconds s:"
check "nodes that delivered" "$delivered" "$want"
check "RRDs with values of the last minute" "$fresh" $((want * 6))
delivered=0
fresh=0
children=
[ "$simulate" = no ] || children="env-1.zone-a env-1.zone-b env-1.zone-c env-1.zone-d"
# shellcheck disable=SC2086
look "$gateway" $asked_nodes $children
# shellcheck disable=SC2086
want=$(echo "$gateway" $asked_nodes $children | wc -w)
check "devices and links that delivered" "$delivered" "$want"
check "their RRDs, of the last minute" "$fresh" $((want * 2 - 1)) # the gateway has one
if [ "$simulate" = yes ]; then
	# An incident that is open since the run before has had its mail then.
	newer=yes
	! zonewatchctl incidents --json | grep -q '"closed_ms": null' || newer=
	count_mails() { # a line that they must have; only of this run?
		find "$state/mail/new" -name '*.eml' ${2:+-newer "$mark"} \
			-exec grep -l "$1" {} + 2>/dev/null | wc -l
	}
	check "mails about zone B" "$(count_mails '^X-Zonewatch-Zone: B' $newer)" 1
	for to in it ministry building; do
		printf '          %-38s %s\n' "mails to $to@localhost" "$(count_mails "^To: $to@localhost" yes)"
	done
fi
zonewatchctl status || true
[ $failed -eq 0 ] || die "not all that was expected has arrived; logs: $state/log"
say "all that was expected has arrived"
