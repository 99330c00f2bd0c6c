# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector is away; nothing of what was measured meanwhile is lost. (Kills and power cuts are
campaigns: tests/campaign/kill.py, powercut.py, syscalls.py, acts.py.)"""

import pathlib
import sys
import time

from conftest import wait_for
from truth import settle

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "campaign"))

import reference  # noqa: E402


def test_outage(rig):
    rig.node(*[f"n{i}" for i in range(4)])
    c = rig.collector()
    sim = rig.sim()
    wait_for("all connected", 20, lambda: all(n["connected"] for n in rig.api("nodes")["nodes"]))
    time.sleep(3)
    c.stop()
    time.sleep(7)
    c = rig.collector()
    wait_for("all connected", 40, lambda: all(n["connected"] for n in rig.api("nodes")["nodes"]))
    time.sleep(4)
    settle(rig, sim)
    figures = reference.check(rig)
    acked, sent = rig.oracle()
    assert len({(s[0], s[2]) for s in acked}) >= len({(s[0], s[2]) for s in sent}) - 4
    assert figures["samples"] > 500 and figures["never_taken"] == 0, figures
    assert "damage" not in c.text()
