# SPDX-License-Identifier: GPL-3.0-or-later
"""zonewatchctl check-nagios, as Nagios and Icinga call it."""

import re
import socket
import time

from conftest import free_port, wait_for

FIRST = re.compile(r"^ZONEWATCH (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+( \| (('[^']+'=[-0-9.eU]+"
                   r"(;[-0-9.]*){0,4}) ?)+)?$")
CODES = {"OK": 0, "WARNING": 1, "CRITICAL": 2, "UNKNOWN": 3}


def check(rig, *words, env=None):
    """(state, first line, all)."""
    p = rig.ctl("check-nagios", *words, check=False, env=env)
    first = p.stdout.splitlines()[0] if p.stdout else ""
    m = FIRST.match(first)
    assert m, (words, p.stdout, p.stderr)
    assert p.returncode == CODES[m[1]], p.stdout
    assert p.stdout.count("|") <= 1
    return m[1], first, p.stdout


def test_states(rig):
    rig.node("srv1", zone="A")
    rig.node("srv2", zone="B")
    rig.nodes["gone"] = "C"
    rig.rules = """
  { name = "high"; kind = "threshold"; title = "Load | high"; source = "load"; field = "*";
    nodes = [ "srv2" ]; above = -1.0; clear = -2.0; severity = "warning"; },
  { name = "silent"; kind = "no-data"; title = "Silent"; after = "3s"; severity = "critical"; }
"""
    rig.collector()
    del rig.nodes["gone"]
    sim = rig.sim()
    wait_for("warning", 30, lambda: check(rig, "--zone", "B")[0] == "WARNING")
    state, first, text = check(rig, "--zone", "B")
    assert "zone B" in first and "'nodes'=1;;;0;" in first and "'incidents'=1" in first
    assert "[warning] incident" in text and "Load / high" in text
    assert check(rig, "--zone", "A")[0] == "OK"
    assert check(rig, "--node", "srv1")[0] == "OK"
    assert check(rig, "--node", "srv2")[0] == "WARNING"
    assert check(rig, "--zone", "B", "--warning-as", "critical")[0] == "CRITICAL"
    assert check(rig, "--zone", "B", "--warning-as", "ok")[0] == "OK"
    assert check(rig)[0] == "WARNING"
    incident = str(rig.api("incidents")["incidents"][0]["id"])
    assert check(rig, "--incident", incident)[0] == "WARNING"
    # What never sent anything, what there is not, what is asked wrongly.
    assert check(rig, "--node", "gone")[0] == "UNKNOWN"
    assert check(rig, "--zone", "C")[0] == "UNKNOWN"
    assert check(rig, "--node", "none")[0] == "UNKNOWN"
    assert check(rig, "--incident", "99999")[0] == "UNKNOWN"
    assert rig.ctl("check-nagios", "--zone", "A", "--node", "srv1", check=False).returncode == 3
    assert rig.ctl("check-nagios", "--bad", check=False).returncode == 3
    # Of what is silenced nobody is told.
    rig.ctl("silence", "add", "--zone", "B", "--for", "1h", "--author", "t", "--reason", "r")
    wait_for("silence", 10, lambda: check(rig, "--zone", "B")[0] == "OK")
    sim.stop()
    wait_for("critical", 20, lambda: check(rig, "--zone", "A")[0] == "CRITICAL")
    assert check(rig, "--node", "srv1")[0] == "UNKNOWN"


def test_unreachable(rig):
    env = {"ZONEWATCH_URL": f"http://127.0.0.1:{free_port()}"}
    state, first, _ = check(rig, env=env)
    assert state == "UNKNOWN" and "no collector answers" in first
    state, first, _ = check(rig, env=env | {"ZONEWATCH_TOKEN_FILE": "/nonexistent"})
    assert state == "UNKNOWN" and "token" in first
    with socket.socket() as s:  # one that accepts and says nothing
        s.bind(("127.0.0.1", 0))
        s.listen()
        begun = time.monotonic()
        state, _, _ = check(rig, "--timeout", "1s",
                            env={"ZONEWATCH_URL": f"http://127.0.0.1:{s.getsockname()[1]}"})
        assert state == "UNKNOWN" and time.monotonic() - begun < 5
