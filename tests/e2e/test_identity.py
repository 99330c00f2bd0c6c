# SPDX-License-Identifier: GPL-3.0-or-later
"""Nobody unknown gets in: what a wrong certificate brings, with the real daemons."""

import shutil
import subprocess
import time

import pytest

from conftest import PKI, wait_for


def other_authority(rig):
    """A second authority with a certificate for the same node."""
    other = rig.dir / "other"
    for words in (["init"], ["nodes", "here"]):
        subprocess.run(["sh", str(PKI), str(other), *words], check=True, capture_output=True)
    for suffix in ("crt", "key"):
        shutil.copy(other / "nodes" / f"here.{suffix}", rig.dir / "pki" / "nodes" / f"here.{suffix}")


def unknown_node(rig):
    """A right certificate for a node that is not of this site."""
    del rig.nodes["here"]
    rig.nodes["somebody"] = "A"


def collectors_certificate(rig):
    """The collector's own certificate used by an agent: it names no node."""
    for suffix in ("crt", "key"):
        shutil.copy(rig.dir / "pki" / f"collector.{suffix}",
                    rig.dir / "pki" / "nodes" / f"here.{suffix}")


@pytest.mark.parametrize("wrong", [other_authority, unknown_node])
def test_refused(rig, wrong):
    rig.node("here")
    wrong(rig)
    c = rig.collector()
    a = rig.agent("here")
    wait_for("refusal", 15, lambda: "here" in a.text() and rig.api("status"))
    time.sleep(3)
    assert not any(n["connected"] for n in rig.api("nodes")["nodes"])
    assert not list((rig.dir / "state" / "rrd").glob("*/*.rrd"))
    assert "not let in" in c.text() or "refused" in c.text() or "certificate" in c.text()
    assert a.alive()


def test_agent_does_not_start_without_identity(rig):
    rig.node("here")
    collectors_certificate(rig)
    rig.collector()
    a = rig.agent("here")
    assert a.process.wait(10) == 1
    assert "urn:zonewatch:node:" in a.text()


def test_key_that_others_can_read(rig):
    rig.node("here")
    (rig.dir / "pki" / "nodes" / "here.key").chmod(0o644)
    a = rig.agent("here")
    assert a.process.wait(10) == 1
    assert "chmod 600" in a.text()


def test_agent_refuses_a_false_collector(rig):
    """The agent does not talk to a collector of another name."""
    rig.node("here")
    rig.pki("collector", "other.example")
    rig.collector()
    a = rig.agent("here")
    wait_for("refusal", 15, lambda: "127.0.0.1" in a.text() and (
        "certificate" in a.text() or "verify" in a.text()))
    assert not rig.api("nodes/here")["connected"]
