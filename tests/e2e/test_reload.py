# SPDX-License-Identifier: GPL-3.0-or-later
"""Reloads of the agent and the gateway: what concerns the connection and what does not; what cannot
start; and of the collector what its audit tells. The campaign reload does it at random moments."""

import os
import signal
import socket
import time

from conftest import wait_for


def hup(d, words):
    """SIGHUP; what is said until one of these words."""
    seen = len(d.text())
    os.kill(d.pid, signal.SIGHUP)
    wait_for(words, 20, lambda: words in d.text()[seen:])
    assert d.alive()
    return d.text()[seen:]


def change(d, path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def connected(rig, node):
    return next(n for n in rig.api("nodes")["nodes"] if n["name"] == node)["connected"]


def test_agent(rig):
    rig.node("n1")
    rig.collector()
    a = rig.agent("n1", sources='off = [ "vmstat" ];')
    path = rig.dir / "agent-n1.conf"
    wait_for("connection", 20, lambda: connected(rig, "n1"))
    accepted = rig.api("status")["intake"]["accepted"]
    time.sleep(1.5)
    began = int(time.time())
    assert "nothing changed" in hup(a, "nothing changed")
    # What is read: the connection goes on, and so do the samples.
    change(a, path, "off = [", 'deadline = "3s"; off = [')
    said = hup(a, "the connection goes on")
    assert "sources.deadline: 5s -> 3s" in said
    # Wrong: by file and line; the old stays.
    change(a, path, 'deadline = "3s"', 'deadline = "3 apples"')
    line = next(i for i, t in enumerate(path.read_text().splitlines(), 1) if "apples" in t)
    said = hup(a, "not reloaded")
    assert f"agent-n1.conf:{line}: sources.deadline" in said
    change(a, path, "3 apples", "3s")
    time.sleep(4)
    status = rig.api("status")["intake"]
    assert (status["accepted"], status["connections"]) == (accepted, 1)
    now = int(time.time())
    time.sleep(2)
    rig.flush()
    rows = wait_for("rows", 20, lambda: rig.fetch("n1", "memory", began, now))
    # A busy machine may miss its moment once; a reload does not.
    assert len(rows) >= now - began - 1, (began, now, sorted(rows))
    # The certificate is another: a new session, and no more.
    os.utime(rig.dir / "pki/nodes/n1.crt")
    said = hup(a, "configuration reloaded")
    assert "tls.cert: the file has another content" in said
    wait_for("another session", 20,
             lambda: rig.api("status")["intake"]["accepted"] == accepted + 1)


def test_gateway(rig):
    rig.pki("nodes", "gw")
    rig.node("p1", "p2")
    rig.nodes["gw"] = "A"
    rig.collector()
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen(16)
        probe = f'{{ node = "p1"; kind = "tcp"; address = "127.0.0.1:{s.getsockname()[1]}"; interval = "1s"; timeout = "900ms"; }}'
        g = rig.gateway("gw", f"probes = ( {probe} );", nodes=("p1", "p2"))
        wait_for("connection", 20, lambda: connected(rig, "gw"))
        accepted = rig.api("status")["intake"]["accepted"]
        path = rig.dir / "gw.conf"
        change(g, path, probe, probe + ", " + probe.replace("p1", "p2"))
        said = hup(g, "the connection goes on")
        assert "probes[p2 kind tcp]: added" in said
        wait_for("samples of p2", 20, lambda: connected(rig, "p2"))
        # What takes a restart is said, and the rest is applied.
        change(g, path, 'spread = "0s"', 'spread = "3s"')
        change(g, path, probe.replace("p1", "p2"), probe.replace("p1", "p2").replace("900ms", "800ms"))
        said = hup(g, "the connection goes on")
        assert "a change of spread needs a restart" in said and "not reloaded" not in said
        assert "probes[p2 kind tcp].timeout: 900ms -> 800ms" in said
        said = hup(g, "nothing changed")
        assert "a change of spread needs a restart" in said and "timeout" not in said
        # What cannot start leaves the old at work.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
            taken.bind(("127.0.0.1", 0))
            traps = f'traps = {{ listen = "127.0.0.1:{taken.getsockname()[1]}"; }};'
            change(g, path, 'spread = "3s"', traps + ' spread = "3s"')
            assert "a change of spread needs a restart" in hup(g, "not reloaded")
        change(g, path, traps + ' spread = "3s"', 'spread = "0s"')
        assert "restart" not in hup(g, "nothing changed")
        assert rig.api("status")["intake"]["accepted"] == accepted


def test_audit_and_stale(rig):
    rig.node("n1")
    # Whoever keeps the state beside the configuration has its parts there: helpers read none of them.
    parts = rig.dir / "state" / "conf.d"
    parts.mkdir(parents=True)
    (parts / "nodes.conf").write_text('nodes = ( { name = "n1"; zone = "A"; } );')
    c = rig.collector()
    assert not rig.api("status")["configuration"]["stale"]
    rig.more_conf = 'report = { tariff = 0.5; };\n' + rig.more_conf
    rig.write_conf()
    assert rig.api("status")["configuration"]["stale"]
    hup(c, "nobody was disconnected")
    conf = rig.api("status")["configuration"]
    assert not conf["stale"] and conf["error"] is None
    rig.more_conf = rig.more_conf.replace("0.5", '"much"')
    rig.write_conf()
    hup(c, "not reloaded")
    conf = rig.api("status")["configuration"]
    assert conf["refused_ms"] and "report.tariff" in conf["error"]
    assert b"was refused" in rig.request("/system")[2]
    # Children are given what is in force, whatever the file says.
    pid = rig.api("status")["store"]["pid"]
    os.kill(pid, signal.SIGKILL)
    wait_for("the store", 20, lambda: rig.api("status")["store"]["pid"] not in (None, pid))
    acts = wait_for("acts", 10, lambda: len(x := [
        a for a in rig.api("audit")["acts"] if a["kind"].startswith("reload")]) == 2 and x)
    assert sorted(a["kind"] for a in acts) == ["reload", "reload-refused"]
    assert any(a["author"] == "signal" and "report.tariff: none -> 0.5" in a["text"] for a in acts)
    rig.flush()
    assert "given twice" not in c.text() and "ended with exit code" not in c.text()
