# SPDX-License-Identifier: GPL-3.0-or-later
"""The dead-man's switch: a collector that is killed is mailed about once, by one agent, and that it
is back once too; an agent that is cut off alone says so here and mails nothing."""

import email
import email.policy
import re
import socket
import ssl
import subprocess
import time

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from conftest import BUILD, free_port, wait_for

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


@pytest.mark.alone
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
    def told():
        return {(e["node"], e["code"]) for e in rig.api("events")["events"]
                if e["code"].startswith("delivery-")}
    wait_for("events", 10, lambda: len(told()) >= 6)
    assert told() == {(n, c) for n in NODES for c in ("delivery-lost", "delivery-back")}


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


FACTS = """over 0
id 255
node srv-01
collectors monitor.dc.example:7481
quiet 1795312800000
now 1795312925000
peers 37
heard 36
unheard srv-09
"""


def tell(rig, text, facts=FACTS):
    """Runs zonewatch-tell; its exit code and log."""
    (rig.dir / "tell.conf").write_text(text)
    p = subprocess.run([BUILD / "zonewatch-tell", rig.dir / "tell.conf"], input=facts, text=True,
                       capture_output=True, env=rig.env, timeout=60)
    assert "pass-4711" not in p.stderr
    return p.returncode, p.stderr


def test_tell_smtp(rig):
    """The helper against a relay: STARTTLS and a login, one recipient unknown, then all; down; slow;
    a certificate of somebody else."""
    taken, users, refused = [], [], set()

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):
            if address in refused:
                return "550 unknown here"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):
            taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
            return "250 queued"

    def login(server, session, envelope, mechanism, data):
        users.append((data.login, data.password))
        return AuthResult(success=data.password == b"pass-4711")

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(rig.dir / "pki" / "collector.crt", rig.dir / "pki" / "collector.key")
    port = free_port()
    relay = Controller(Handler(), "127.0.0.1", port, tls_context=context, require_starttls=True,
                       authenticator=login, auth_required=True)
    rig.secret("password", "pass-4711")
    conf = f"""transport = "smtp://127.0.0.1:{port}"; from = "zw@dc.example"; timeout = "5s";
to = [ "duty@dc.example", "gone@dc.example" ]; language = "ru"; ca = "{rig.dir}/pki/ca.crt";
user = "zw"; password_file = "{rig.dir}/password";"""
    rc, said = tell(rig, conf)
    assert rc == 1 and "connect" in said.lower(), said
    relay.start()
    try:
        refused.add("gone@dc.example")
        assert tell(rig, conf) == (0, "")
        (sender, to, content), = taken
        assert (sender, to) == ("zw@dc.example", ["duty@dc.example"])
        assert users == [(b"zw", b"pass-4711")]
        mail = email.message_from_bytes(content, policy=email.policy.default)
        assert "коллектор" in mail["Subject"].lower() and "srv-09" in mail.get_content()
        assert mail["Message-ID"] == "<00000000000000ff.silent.deadman@dc.example>"
        refused.add("duty@dc.example")
        rc, said = tell(rig, conf)
        assert rc == 1 and said.count("\n") == 1 and len(taken) == 1
        refused.clear()
        rc, said = tell(rig, conf.replace(f'ca = "{rig.dir}/pki/ca.crt";', ""))
        assert rc == 1 and len(taken) == 1, said
        (rig.dir / "password").chmod(0o644)
        rc, said = tell(rig, conf)
        assert rc == 1 and "chmod" in said
        assert tell(rig, conf, facts="node\n")[0] == 1
        assert len(taken) == 1
    finally:
        relay.stop()
    with socket.socket() as s:  # takes connections and says nothing
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1", port))
        s.listen()
        (rig.dir / "password").chmod(0o600)
        t = time.monotonic()
        assert tell(rig, conf.replace("5s", "1s"))[0] == 1
        assert time.monotonic() - t < 5
