# SPDX-License-Identifier: GPL-3.0-or-later
"""The dead-man's switch: a collector that is killed is mailed about once, by one agent, and that it
is back once too; an agent that is cut off alone says so here and mails nothing."""

import email
import email.policy
import re
import socket
import subprocess
import time

from conftest import BUILD, wait_for

NODES = ["srv-01", "srv-02", "srv-03"]


def udp_ports(n):
    """Ports that are free now, all different."""
    held = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(n)]
    for s in held:
        s.bind(("127.0.0.1", 0))
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def deadman(rig, name, ports, transport=None, language="en", after="6s"):
    """The section of an agent; ports: name -> where it listens."""
    if not (rig.dir / "deadman.key").exists():
        rig.secret("deadman.key", "a secret of some length")
    peers = ", ".join(f'{{ name = "{n}"; address = "127.0.0.1:{p}"; }}' for n, p in ports.items())
    return f"""
deadman = {{ after = "{after}"; stagger = "2s"; listen = "127.0.0.1:{ports[name]}";
  key_file = "deadman.key";
  mail = {{ transport = "{transport or f'maildir:{rig.dir}/tell'}"; from = "zw@dc.example";
           to = [ "duty@dc.example", "chief@dc.example" ]; language = "{language}"; }};
  peers = ( {peers} ); }};
"""


def start(rig, **more):
    rig.node(*NODES)
    rig.collector()
    ports = dict(zip(NODES, udp_ports(3)))
    agents = {n: rig.agent(n, extra=deadman(rig, n, ports, **more)) for n in NODES}
    for a in agents.values():
        wait_for("connection", 20, lambda a=a: "connected to" in a.text())
    return agents, ports


def letters(rig):
    box = rig.dir / "tell" / "new"
    files = sorted(box.iterdir(), key=lambda p: p.stat().st_mtime_ns) if box.exists() else []
    return [email.message_from_bytes(f.read_bytes(), policy=email.policy.default) for f in files]


def test_collector_dies(rig):
    agents, _ = start(rig)
    time.sleep(8)
    assert letters(rig) == []
    for a in agents.values():
        assert "nothing could be delivered" not in a.text()
    rig.c.kill()
    rig.daemons.remove(rig.c)
    t = time.monotonic()
    wait_for("mail", 20, lambda: letters(rig))
    assert 4 < time.monotonic() - t < 14
    # Whatever the others' ranks, all of them have had their turn by then.
    time.sleep(10)
    (mail,) = letters(rig)
    assert mail["To"].addresses[1].addr_spec == "chief@dc.example"
    assert mail["Subject"].startswith("Monitoring is silent: no agent reaches the collector for")
    text = mail.get_content()
    assert re.search(r"srv-01, which writes this, cannot deliver, and neither can any of the 2 "
                     r"other agents that it hears, of 2\.", text), text
    assert "Not heard" not in text
    assert f"127.0.0.1:{rig.agent_port}" in text
    for a in agents.values():
        wait_for("warning", 10, lambda a=a: "nothing could be delivered to a collector" in a.text())
        assert a.text().count("nothing could be delivered to a collector") == 1
    assert sum("mails that the collector is silent" in a.text() for a in agents.values()) == 1
    # The one that mailed is started anew: it remembers.
    first = agents["srv-01"]
    assert first.stop() == 0
    agents["srv-01"] = rig.start("agent-srv-01-again", *first.process.args)
    time.sleep(3)
    rig.collector()
    wait_for("second mail", 40, lambda: len(letters(rig)) == 2)
    time.sleep(10)
    _, over = letters(rig)
    assert over["Subject"].startswith("Monitoring is back: the collector was silent for")
    assert over["In-Reply-To"] == mail["Message-ID"]
    assert len(letters(rig)) == 2
    for a in agents.values():
        wait_for("end of the warning", 10, lambda a=a: "delivers again" in a.text())
    assert not (rig.dir / "spool-srv-01" / "deadman").exists()
    # The events waited in the spool.
    events = [e for e in rig.api("events")["events"] if e["code"].startswith("delivery-")]
    assert {(e["node"], e["code"]) for e in events} == {
        (n, c) for n in NODES for c in ("delivery-lost", "delivery-back")}, events


def test_first_is_down_and_relay_refuses(rig):
    """The first in rank is gone and the second's mail cannot be handed over: the third's can."""
    rig.node(*NODES)
    rig.collector()
    ports = dict(zip(NODES, udp_ports(3)))
    bad = "smtp://127.0.0.1:1"
    agents = {n: rig.agent(n, extra=deadman(rig, n, ports, transport=bad if n == "srv-02" else None,
                                            language="az" if n == "srv-03" else "en"))
              for n in NODES}
    for a in agents.values():
        wait_for("connection", 20, lambda a=a: "connected to" in a.text())
    time.sleep(2)
    agents["srv-01"].stop()
    rig.c.kill()
    rig.daemons.remove(rig.c)
    wait_for("mail", 30, lambda: letters(rig))
    assert "could not be handed over" in agents["srv-02"].text()
    time.sleep(6)
    (mail,) = letters(rig)
    text = mail.get_content()
    assert "srv-03" in text and "srv-01" in text
    assert mail["Subject"].isprintable()
    rig.collector()
    wait_for("second mail", 40, lambda: len(letters(rig)) == 2)


def test_one_is_cut_off(rig):
    """It cannot reach the collector; the others can. No mail; a warning of its own."""
    rig.node(*NODES)
    rig.collector()
    ports = dict(zip(NODES, udp_ports(3)))
    right, rig.agent_port = rig.agent_port, 1
    cut = rig.agent("srv-01", extra=deadman(rig, "srv-01", ports))
    rig.agent_port = right
    others = [rig.agent(n, extra=deadman(rig, n, ports)) for n in NODES[1:]]
    wait_for("warning", 20, lambda: "nothing could be delivered to a collector" in cut.text())
    time.sleep(15)
    assert letters(rig) == []
    assert cut.text().count("nothing could be delivered to a collector") == 1
    assert "hears none" not in cut.text()
    for a in others:
        assert "nothing could be delivered" not in a.text()


def test_alone(rig):
    """It reaches neither collector nor others: it knows nothing, and says so here only."""
    rig.node(*NODES)
    ports = dict(zip(NODES, udp_ports(3)))
    rig.agent_port = 1
    cut = rig.agent("srv-01", extra=deadman(rig, "srv-01", ports))
    wait_for("warning", 20, lambda: "hears none of the 2 other agents" in cut.text())
    time.sleep(12)
    assert letters(rig) == []


def test_strangers(rig):
    """Datagrams without the key are left out, however many, and one log line says so."""
    rig.node(*NODES)
    ports = dict(zip(NODES, udp_ports(3)))
    rig.agent_port = 1
    a = rig.agent("srv-01", extra=deadman(rig, "srv-01", ports))
    wait_for("start", 20, lambda: "measures node" in a.text())
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for n in list(range(300)) + [213] * 200:
            s.sendto(b"ZWD\x01" + bytes(max(0, n - 4)), ("127.0.0.1", ports["srv-01"]))
    wait_for("complaint", 10, lambda: "left out a datagram" in a.text())
    assert a.text().count("left out") == 1
    assert a.alive()


def test_gateway(rig):
    """The gateway says it too, in its status, its log and by events."""
    path = rig.dir / "notify"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(path))
        s.settimeout(30)
        rig.agent_port = 1
        g = rig.gateway("gw-1", 'deadman = { after = "5s"; };', env={"NOTIFY_SOCKET": str(path)})
        until = time.monotonic() + 30
        while b"nothing delivered since" not in s.recv(4096):
            assert time.monotonic() < until
    assert "nothing could be delivered to a collector" in g.text()


def test_configuration(rig):
    """What is wrong is said by -n."""
    rig.node("srv-01")
    ports = dict(zip(NODES, udp_ports(3)))
    good = deadman(rig, "srv-01", ports)

    def check(text):
        (rig.dir / "a.conf").write_text(f"""
collectors = [ "127.0.0.1:1" ];
tls = {{ ca = "pki/ca.crt"; cert = "pki/nodes/srv-01.crt"; key = "pki/nodes/srv-01.key"; }};
spool = {{ dir = "spool"; }};
{text}""")
        p = subprocess.run([BUILD / "zonewatch-agent", "-n", "-c", rig.dir / "a.conf"],
                           capture_output=True, text=True, env=rig.env)
        return p.returncode, p.stderr

    assert check(good) == (0, "")
    for what, by, why in [
            ("127.0.0.1:", "localhost:", "no IP address"),
            ('name = "srv-01"', 'name = "srv-09"', "not among them"),
            ("maildir:", "mail:", "is not smtp://"),
            ("duty@dc.example", "duty", "no mail address"),
            ('key_file = "deadman.key";', "", "is needed"),
            ("deadman.key", "none.key", "none.key"),
            ('language = "en"', 'language = "de"', "language"),
            ("smtp", "smtp", None)]:
        rc, said = check(good.replace(what, by))
        assert (rc, why is None or why in said) == (0 if why is None else 1, True), (what, said)
    rig.secret("deadman.key", "short")
    rc, said = check(good)
    assert rc == 1 and "shorter than 16" in said
