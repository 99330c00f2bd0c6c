# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector as a whole tells of a cooling failure by all channels at once; the other files test
each channel by itself."""

import time

from conftest import free_port, wait_for
from test_channels import Alertmanager, Hook, Log, Trapd
from test_incident import RULES


def test_cooling_failure_by_all_channels(rig):
    for zone in "AB":
        rig.node(*[f"s{zone.lower()}{k}" for k in range(3)], zone=zone)
    community = rig.secret("community", "s3cret")
    hook, am, log = Hook(free_port()), Alertmanager(rig.dir, free_port()), Log(rig.dir / "log")
    port = free_port()
    trapd = Trapd(rig.dir, port, "authCommunity log s3cret\n")
    try:
        rig.rules = RULES
        rig.mail = f'transport = "maildir:{rig.dir}/mail"; from = "zonewatch@dc.example";'
        rig.more_conf = f"""
notify = {{ again = "2s"; syslog = "{rig.dir}/log"; }};
trap_credentials = ( {{ name = "noc"; version = "v2c"; community_file = "{community}"; }} );
recipients = (
  {{ address = "it@ministry.example"; severity = "critical"; }},
  {{ via = "webhook"; address = "http://127.0.0.1:{hook.port}/hook"; severity = "critical"; }},
  {{ via = "webhook"; address = "http://127.0.0.1:{free_port()}/nobody"; severity = "critical"; }},
  {{ via = "alertmanager"; address = "http://127.0.0.1:{am.port}/"; severity = "critical"; }},
  {{ via = "trap"; address = "127.0.0.1:{port}"; credential = "noc"; severity = "critical"; }},
  {{ via = "syslog"; address = "local3"; severity = "critical"; }}
);
"""
        rig.collector()
        script = rig.dir / "script"
        script.write_text("3s cooling-failure zone=B for 8s\n")
        rig.sim("--script", script, "--speed", 500)
        wait_for("webhook", 40, lambda: hook.got)
        began = time.monotonic()
        (alert,) = wait_for("alert", 10, am.alerts)
        wait_for("inform", 10, trapd.notes)
        wait_for("line", 10, log.lines)
        wait_for("mail", 10, rig.mails)
        assert time.monotonic() - began < 10
        first = hook.bodies()[0]
        assert first["kind"] == "open" and first["incident"]["zone"] == "B"
        assert first["incident"]["severity"] == "critical" and "Zone B" in first["subject"]
        number = first["incident"]["id"]
        assert alert["labels"]["zone"] == "B" and alert["labels"]["incident"] == str(number)
        note = trapd.notes()[0]
        assert note["trap"].endswith(".0.1") and note[1] == str(number) and note[5] == "B"
        assert f'incident="{number}"' in log.lines()[0]
        wait_for("end", 90, lambda: hook.bodies()[-1]["kind"] == "close")
        wait_for("end", 10, lambda: am.alerts() == [])
        wait_for("end", 10, lambda: trapd.notes()[-1]["trap"].endswith(".0.5"))
        wait_for("end", 10, lambda: " close " in log.lines()[-1])
        assert {b["incident"]["id"] for b in hook.bodies()} == {number}
        kinds = [b["kind"] for b in hook.bodies()]
        assert kinds.count("open") == kinds.count("close") == 1 and kinds[0] == "open"
    finally:
        for thing in (hook, am, log, trapd):
            thing.stop()
