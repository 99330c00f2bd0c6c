#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# run.sh: builds without sanitizers and prints the figures of README, "Figures", side by side with
# collectd in the same run.  sh tests/bench/run.sh [ingest|agent|latency ...] [--rounds N]
# What judging costs:  sh tests/bench/run.sh alert [ROUNDS]
# Alerting beside Prometheus and Alertmanager (14 minutes):  sh tests/bench/run.sh alerting [SCENARIO ...]
# SNMP beside collectd and prometheus-snmp-exporter:  sh tests/bench/run.sh snmp [--rounds N]
# Store and render with their sandboxes and without:  sh tests/bench/run.sh sandbox [ROUNDS]
# Pages and the API with 500 nodes x 200 fields:  sh tests/bench/run.sh web [NODES]
set -eu
cd "$(dirname "$0")/../.."
sh conf/packages.sh test
build=$(pwd)/build/release
cmake -S . -B "$build" -G Ninja >/dev/null
ninja -C "$build" >/dev/null
if [ "${1-}" = alert ]; then
	shift
	exec "$build/bench/alert_cost" "$@"
fi
if [ "${1-}" = alerting ]; then
	shift
	exec /usr/bin/python3 tests/bench/alerting.py "$build" "$@"
fi
if [ "${1-}" = snmp ]; then
	shift
	exec /usr/bin/python3 tests/bench/snmp.py "$build" "$@"
fi
if [ "${1-}" = sandbox ]; then
	shift
	exec /usr/bin/python3 tests/bench/sandbox.py "$build" "$@"
fi
if [ "${1-}" = web ]; then
	shift
	exec /usr/bin/python3 tests/bench/web.py "$build" "$@"
fi
exec /usr/bin/python3 tests/bench/run.py "$build" "$@"
