#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Arrows run one way, and each library has one door (README, "How the code is laid out").
set -eu
cd "$(dirname "$0")/../.."
bad=0

# No file matching the first pattern may include what the second matches, but for the third.
never() { # files, header pattern, why [, excepted files]
	found=$(git ls-files '*.c' '*.h' | grep -E "$1" | { [ -n "${4-}" ] && grep -vE "$4" || cat; } |
		xargs -r grep -nE "^[[:space:]]*#[[:space:]]*include[[:space:]]*[<\"]($2)" || true)
	if [ -n "$found" ]; then
		printf 'layering: %s\n%s\n' "$3" "$found"
		bad=1
	fi
}

never '^(lib|include)/' '(agent|collector)/' 'lib knows nobody above it'
never '^agent/' 'collector/' 'the agent does not know the collector'
never '^collector/' 'agent/' 'the collector does not know the agent'
never '^collector/(site|alert)/' 'event2/|openssl/|rrd\.h|curl/|jansson|libconfig|systemd/' \
	'site and alert know no library but libc' '^collector/alert/history'
never '^collector/(site)/' 'collector/(intake|journal|store|alert|notify|report|web|ctl)/' \
	'site knows nobody above it'
never '^collector/alert/' 'collector/(intake|journal|store|notify|report|web|ctl)/' \
	'alert knows only site' '^collector/alert/history'
never '^collector/enroll/' 'collector/(intake|journal|store|alert|notify|report|web|ctl)/' \
	'enrolment knows only site'
never '^collector/(journal|store)/' 'collector/(alert|intake|notify|report|web|ctl)/' \
	'journal and store do not know what their readers decide'

door() { # header pattern, library, files
	never '.' "$1" "$2 has one door: $3" "$3"
}
never '^collector/report/(chart|figures|graphs)/' 'collector/report/paper/' 'charts, figures and graphs know no paper'
never '^collector/report/chart/' 'collector/report/(figures|graphs)/' 'charts know neither figures nor graphs'
never '^collector/report/figures/' 'collector/report/(chart|graphs)/' 'figures know no pictures'
never '^collector/report/' 'collector/(web|ctl|notify)/' 'reports know no page' '^collector/report/(map|outcome|proposal|replay|try_main)'

door 'libconfig\.h' libconfig '^lib/conf'
door 'openssl/|event2/bufferevent_ssl' OpenSSL \
	'^lib/(tls|cert)|^tests/unit/test_(tls|cert|conn|uplink|intake)|^tests/e2e/keyupdates|^tests/campaign/flood'
door 'rrd(_client)?\.h' librrd '^collector/(store|report)/|^tests/(unit|bench|campaign)/'
door 'event2/http' evhttp '^collector/web/http'
door 'sqlite3\.h' SQLite '^collector/alert/history|^tests/unit/test_history'
door 'curl/' libcurl '^collector/notify/|^collector/ctl/client|^agent/gateway/probe_http|^agent/tell/'
door 'jansson\.h' jansson '^agent/gateway/(describe|tool/)|^collector/ctl/|^collector/(past|member)|^collector/shelf|^collector/report/figures/annals|^collector/web/accounts|^collector/enroll/register_file|^collector/web/pages/story|^collector/notify/trap_|^tests/'
door 'net-snmp/' net-snmp '^agent/gateway/(snmpio|trapd)|^collector/notify/trap_|^tests/sim/snmpagent'
door 'cairo|pango' 'cairo and pango' '^collector/report/(map_draw|chart/|paper/pdf)'
door 'zip\.h' libzip '^collector/report/paper/sheet'
door 'zlib\.h' zlib '^collector/web/gzip|^tests/unit/test_gzip'
door 'crypt\.h' libcrypt '^collector/web/passwd'
door 'libintl\.h' gettext '^lib/lang'
door 'systemd/' libsystemd '^lib/daemon'
door 'seccomp\.h' libseccomp '^lib/sandbox_calls'
exit $bad
