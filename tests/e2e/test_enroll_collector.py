# SPDX-License-Identifier: GPL-3.0-or-later
"""Certificates for agents, from outside: what a stranger on the network, a thief of a token and an
agent that is not what it was can do to the collector, and what administrators do about it."""

import base64
import json
import os
import socket
import ssl
import stat
import struct
import subprocess
import sys
import time
import urllib.parse

import pytest

import wire
from conftest import BUILD, wait_for

ENROLL, RENEW, CERTIFICATE = 10, 11, 12
E_FRAME, E_ORDER, E_REVOKED, E_ENROLL = 3, 4, 10, 11
ALPN = "zonewatch-enroll/1"


def openssl(*words, data=None):
    return subprocess.run(["openssl", *map(str, words)], input=data, check=True,
                          capture_output=True).stdout


def make_request(path, *key):
    """A key's file and a PKCS#10 request by it."""
    openssl("genpkey", "-out", path, *(key or ("-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")))
    return openssl("req", "-new", "-key", path, "-subj", "/", "-outform", "DER")


class Stranger(wire.Agent):
    """A connection without a certificate that asks for one; of another address if told."""

    def __init__(self, rig, alpn=ALPN, source="127.0.0.1", timeout=30):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.load_verify_locations(rig.dir / "pki" / "ca.crt")
        if alpn:
            ctx.set_alpn_protocols([alpn])
        s = socket.create_connection(("127.0.0.1", rig.agent_port), timeout, (source, 0))
        self.s = ctx.wrap_socket(s, server_hostname="localhost")
        self.kept = b""

    def ask(self, token, request):
        """The answer's type and payload; None if there is none."""
        try:
            self.send(wire.frame(ENROLL, wire.text(token) + wire.text("wire.py") +
                                 wire.varint(len(request)) + request))
            return self.receive()
        except (ssl.SSLError, ConnectionError):
            return None


def cut(p):
    """A varint length, so many bytes, and the rest."""
    n, shift, i = 0, 0, 0
    while True:
        n |= (p[i] & 127) << shift
        shift += 7
        i += 1
        if p[i - 1] < 128:
            return p[i:i + n], p[i + n:]


def error_of(answer):
    """Code and text of an ERROR."""
    assert answer is not None and answer[0] == wire.ERROR, answer
    p = answer[1]
    i = 1
    while p[i] > 127:  # the record's number
        i += 1
    return p[0], cut(p[i + 1:])[0].decode(errors="replace")


def certificate_of(answer, path):
    """Writes the certificate of an answer: what openssl says of it."""
    assert answer is not None and answer[0] == CERTIFICATE, answer
    leaf, rest = cut(answer[1])
    authority, rest = cut(rest)
    assert rest == b""
    path.write_bytes(openssl("x509", "-inform", "DER", data=leaf))
    ca = path.with_suffix(".ca")
    ca.write_bytes(openssl("x509", "-inform", "DER", data=authority))
    openssl("verify", "-purpose", "sslclient", "-CAfile", ca, path)
    return openssl("x509", "-in", path, "-noout", "-text").decode()


class Known(wire.Agent):
    """An agent by files of its own."""

    def __init__(self, rig, cert, key, greet=True):
        ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        ctx.load_verify_locations(rig.dir / "pki" / "ca.crt")
        ctx.load_cert_chain(cert, key)
        s = socket.create_connection(("127.0.0.1", rig.agent_port), 10)
        self.s = ctx.wrap_socket(s, server_hostname="localhost")
        self.kept, self.stream = b"", os.urandom(16)
        if greet:
            self.send(wire.hello(self.stream))
            assert self.receive()[0] == wire.WELCOME


def site(rig, key=True):
    rig.node("srv01")
    rig.nodes |= {"srv02": "A", "srv03": "B", "gw-1": "A", "cool-1": "A", "cool-2": "A"}
    rig.more |= {"cool-1": 'kind = "device";', "cool-2": 'kind = "device";', "gw-1": 'role = "gateway";'}
    if key:
        rig.more_conf += '\nenroll = { ca_key = "pki/ca.key"; };'
    return rig.collector()


def invite(rig, node, *words):
    return json.loads(rig.ctl("agent", "invite", node, "--json", *words).stdout)


def agents(rig):
    return {a["node"]: a for a in rig.api("agents")["agents"]}


def audit(rig):
    return [(a["kind"], a["what"]) for v in rig.api("audit").values() if isinstance(v, list) for a in v]


def post(rig, path, token=None, **form):
    status, _, body = rig.request(f"/api/v1/agents/{path}?{urllib.parse.urlencode(form)}", "POST", token)
    return status, json.loads(body)


def test_one_line(rig):
    """An invitation is one line; it gives one key a certificate for that node, and no other."""
    c = site(rig)
    out = rig.ctl("agent", "invite", "srv02", "--zone", "A")
    assert out.stdout.count("\n") == 1
    words = out.stdout.split()
    assert words[:2] == ["zonewatch-agent", "enroll"] and words[-5:] == \
        ["&&", "systemctl", "enable", "--now", "zonewatch-agent"]
    token = words[words.index("--token") + 1]
    der = openssl("x509", "-in", rig.dir / "pki" / "ca.crt", "-outform", "DER")
    want = openssl("dgst", "-sha256", "-r", data=der).split()[0].decode()
    assert words[words.index("--ca-hash") + 1] == f"sha256:{want}"
    assert words[words.index("--collector") + 1] == f"localhost:{rig.agent_port}"
    assert token.startswith("zwi-") and len(token) == 47

    first = make_request(rig.dir / "a.key")
    text = certificate_of(Stranger(rig).ask(token, first), rig.dir / "a.crt")
    assert "URI:urn:zonewatch:node:srv02" in text and text.count("urn:zonewatch") == 1
    assert "CA:FALSE" in text and "TLS Web Client Authentication" in text
    a = Known(rig, rig.dir / "a.crt", rig.dir / "a.key")
    row = agents(rig)["srv02"]
    assert row["connected"] and row["state"] == "good" and row["certificate"]["origin"] == "enrolled"
    assert 88 <= row["certificate"]["days_left"] <= 90
    # The answer was lost: the same key is answered again. Another is not, and people hear of it.
    certificate_of(Stranger(rig).ask(token, first), rig.dir / "b.crt")
    code, text = error_of(Stranger(rig).ask(token, make_request(rig.dir / "b.key")))
    assert code == E_ENROLL and "not valid" in text and "srv" not in text
    wait_for("the event", 5, lambda: any(e["code"] == "token-used-again" for e in rig.api("events")["events"]))
    wait_for("the audit", 5, lambda: ("agent-token-again", "srv02") in audit(rig))
    assert {("agent-invite", "srv02"), ("agent-enrolled", "srv02")} <= set(audit(rig))
    # The token is nowhere but in its line.
    for f in [rig.dir / "state" / "agents.json", c.log, rig.dir / "state" / "history.db"]:
        assert token.encode() not in f.read_bytes(), f
    assert stat.S_IMODE((rig.dir / "state" / "agents.json").stat().st_mode) == 0o600
    a.close()


def test_hostile(rig):
    """Nothing but a right token and a right request gets a certificate; all else is refused."""
    site(rig)
    # Nobody is invited: one without a certificate gets no further than the handshake.
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        s = Stranger(rig)
        assert s.ask("zwi-" + "A" * 43, b"x" * 100) is not None
    token = invite(rig, "srv02")["token"]
    good = make_request(rig.dir / "k")
    # Without the protocol's name the door stays closed.
    with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
        s = Stranger(rig, alpn=None)
        assert s.ask(token, good) is not None
    weak = make_request(rig.dir / "w", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024")
    torn = good[:-1] + bytes([good[-1] ^ 1])
    n = 0
    for t, r, code in [
            ("zwi-" + "A" * 43, good, E_ENROLL), ("", good, None), (token[:-1], good, E_ENROLL),
            (token + "x" * 60, good, E_FRAME), (token, weak, E_ENROLL), (token, torn, E_ENROLL),
            (token, good[:40], E_ENROLL), (token, b"\0" * 4097, E_FRAME), (token, b"", None),
            (token, good + b"\0", E_ENROLL)]:
        n += 1
        got, text = error_of(Stranger(rig, source=f"127.0.1.{n}").ask(t, r))
        assert code is None or got == code, (n, t, got, text)
        assert token not in text and "srv02" not in text
    for raw in [os.urandom(64), wire.hello(os.urandom(16)), wire.frame(wire.PING, b"\0" * 8),
                wire.frame(RENEW, good), wire.frame(ENROLL, b"\xff" * 30),
                struct.pack(">BBBBII", 0x5a, 1, ENROLL, 0, 60000, 0)]:
        s = Stranger(rig, source="127.0.2.1")
        s.send(raw)
        answer = s.receive()
        assert answer is None or error_of(answer)[0] in (E_FRAME, E_ORDER, 5), answer
        assert s.receive() is None
    assert not agents(rig)["srv02"]["connected"]
    # None of them used the invitation up.
    certificate_of(Stranger(rig, source="127.0.3.1").ask(token, good), rig.dir / "k.crt")
    # A second token for the node ends the first; a withdrawn one is none.
    one, two = invite(rig, "srv03")["token"], invite(rig, "srv03")["token"]
    assert error_of(Stranger(rig, source="127.0.4.1").ask(one, good))[0] == E_ENROLL
    rig.ctl("agent", "withdraw", "srv03")
    assert error_of(Stranger(rig, source="127.0.4.2").ask(two, good))[0] == E_ENROLL


def test_rate(rig):
    """Five a minute from an address, thirty of all; right ones do not count among all."""
    site(rig)
    good = make_request(rig.dir / "k")
    token = invite(rig, "srv02")["token"]
    said = [error_of(Stranger(rig).ask("zwi-" + "B" * 43, good))[1] for _ in range(6)]
    assert all("not valid" in t for t in said[:5]) and "too many" in said[5]
    text = ""
    for a in range(90):  # thirty, and what comes again meanwhile
        text = error_of(Stranger(rig, source=f"127.0.5.{a + 1}").ask("zwi-x", good))[1]
        if "too many" in text:
            break
    assert a >= 20 and "too many" in text, (a, text)
    # A bucket of all fills by one each two seconds.
    time.sleep(2.1)
    certificate_of(Stranger(rig, source="127.0.6.2").ask(token, good), rig.dir / "k.crt")


KNOCK = """
import socket, ssl, sys, time
ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
ctx.check_hostname, ctx.verify_mode = False, ssl.CERT_NONE
ctx.set_alpn_protocols([sys.argv[2]])
end, held = time.monotonic() + 4, []
for i in range(1000):
    try:
        s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 2, (f"127.1.0.{i % 200 + 1}", 0))
        s.setblocking(False)
        held.append(ctx.wrap_socket(s, do_handshake_on_connect=False))
        held[-1].do_handshake()
    except OSError:
        pass
print(len(held), flush=True)
while time.monotonic() < end:
    for s in held:
        try:
            s.do_handshake()
        except (OSError, ValueError):
            pass
    time.sleep(0.05)
"""


@pytest.mark.alone
def test_flood(rig):
    """1,000 connections that ask for certificates and say nothing: an agent notices nothing."""
    c = site(rig)
    token = invite(rig, "srv02")["token"]
    a = wire.Agent(rig, "srv01", timeout=30)
    a.send(wire.define(1, "load"))
    p = subprocess.Popen([sys.executable, "-c", KNOCK, str(rig.agent_port), ALPN],
                         stdout=subprocess.PIPE, text=True)
    seq, took = 0, []
    while p.poll() is None or not took:
        seq += 1
        before = time.monotonic()
        a.send(wire.batch(seq, int(time.time()), 1, [1.0]))
        while True:
            got = a.receive()
            assert got is not None
            if got[0] == wire.ACK:
                break
        took.append(time.monotonic() - before)
        time.sleep(0.05)
    assert int(p.communicate()[0]) > 900
    took.sort()
    assert took[len(took) // 2] < 2 and took[-1] < 8, \
        f"acknowledgements took {took[len(took) // 2]:.2f} s, at most {took[-1]:.2f} s; " \
        f"{rig.api('status')['loop']}"
    b = wire.Agent(rig, "srv01", timeout=30)  # a handshake gets through, too
    certificate_of(Stranger(rig, source="127.0.7.1").ask(token, make_request(rig.dir / "k")),
                   rig.dir / "k.crt")
    assert c.alive()
    b.close()


def test_revoke(rig):
    """What is taken back ends at once and does not come in again; a new invitation lets it in."""
    c = site(rig)
    a = wire.Agent(rig, "srv01")
    wait_for("the certificate", 5, lambda: agents(rig)["srv01"]["certificate"])
    assert agents(rig)["srv01"]["certificate"]["origin"] == "seen"
    rig.ctl("agent", "revoke", "srv01", "--reason", "stolen")
    code, text = error_of(next(f for f in iter(a.receive, 0) if f is None or f[0] == wire.ERROR))
    assert code == E_REVOKED
    again = wire.Agent(rig, "srv01", greet=False)
    assert error_of(again.receive())[0] == E_REVOKED
    # One of the same authority that nobody here ever saw is closed out as well.
    rig.pki("node", "srv01")
    assert error_of(wire.Agent(rig, "srv01", greet=False).receive())[0] == E_REVOKED
    assert agents(rig)["srv01"]["state"] == "revoked"
    wait_for("the audit", 5, lambda: ("agent-revoke", "srv01") in audit(rig))
    # It holds after a crash at once.
    c.kill()
    c = rig.collector()
    assert error_of(wire.Agent(rig, "srv01", greet=False).receive())[0] == E_REVOKED
    token = invite(rig, "srv01")["token"]
    c.kill()
    c = rig.collector()
    certificate_of(Stranger(rig).ask(token, make_request(rig.dir / "k")), rig.dir / "k.crt")
    b = Known(rig, rig.dir / "k.crt", rig.dir / "k")
    # By its number, too.
    serial = agents(rig)["srv01"]["certificate"]["serial"]
    rig.ctl("agent", "revoke", "--serial", serial.lower())
    assert error_of(next(f for f in iter(b.receive, 0) if f is None or f[0] == wire.ERROR))[0] == E_REVOKED
    # The key that was taken back gets nothing by the invitation that it used: nobody is invited.
    wait_for("the door to close", 5, lambda: "nobody is invited any more" in c.text())
    try:
        assert Stranger(rig).ask(token, make_request(rig.dir / "k2")) is None
    except (ssl.SSLError, ConnectionError):
        pass


def certified_again(rig, request):
    """One more session, for one more certificate: the answer's type."""
    a = wire.Agent(rig, "srv01")
    a.send(wire.frame(RENEW, request))
    kind = a.receive()[0]
    a.close()
    time.sleep(0.1)  # visits have their own bound
    return kind


def renew(rig):
    """A session gets its next certificate, for itself, once a minute, and goes on whatever is said."""
    a = wire.Agent(rig, "srv01")
    request = openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                      "-keyout", rig.dir / "n.key", "-subj", "/CN=srv03", "-outform", "DER",
                      "-addext", "subjectAltName=URI:urn:zonewatch:node:srv03")
    a.send(wire.frame(RENEW, request))
    text = certificate_of(a.receive(), rig.dir / "n.crt")
    assert "urn:zonewatch:node:srv01" in text and "srv03" not in text
    a.send(wire.frame(RENEW, request))
    assert error_of(a.receive())[0] == E_ENROLL
    a.send(wire.frame(wire.PING, struct.pack(">q", 7)))
    assert a.receive()[0] == wire.PONG
    b = Known(rig, rig.dir / "n.crt", rig.dir / "n.key")
    assert agents(rig)["srv01"]["certificate"]["origin"] == "renewed"
    rubbish = Known(rig, rig.dir / "n.crt", rig.dir / "n.key")
    rubbish.send(wire.frame(RENEW, os.urandom(300)))
    assert error_of(rubbish.receive())[0] == E_ENROLL
    rubbish.send(wire.frame(RENEW, b""))
    assert error_of(rubbish.receive())[0] == E_FRAME
    b.close()
    # A minute is a session's; who comes again for each gets no certificate without end.
    said = [certified_again(rig, request) for _ in range(34)]
    assert said.count(CERTIFICATE) <= 32 and said[-1] == wire.ERROR, said


def gateway(rig):
    """A gateway's certificate names those it speaks for; one of them taken back closes it."""
    got = invite(rig, "gw-1", "--speaks-for", "cool-*,srv03")
    assert got["nodes"] == 4 and got["line"].startswith("zonewatch-gateway enroll ")
    text = certificate_of(Stranger(rig).ask(got["token"], make_request(rig.dir / "k")), rig.dir / "k.crt")
    assert all(f"urn:zonewatch:node:{n}" in text for n in ("gw-1", "cool-1", "cool-2", "srv03"))
    a = Known(rig, rig.dir / "k.crt", rig.dir / "k")
    rig.ctl("agent", "revoke", "cool-2")
    assert error_of(next(f for f in iter(a.receive, 0) if f is None or f[0] == wire.ERROR))[0] == E_REVOKED


def test_administrators(rig):
    """A certificate to be carried; what administrators alone may do; renewal; a gateway."""
    c = site(rig)
    offline(rig, c)
    who_may(rig)
    renew(rig)
    gateway(rig)


def offline(rig, c):
    """The key is made here, and stays."""
    out = rig.ctl("agent", "issue", "srv02", "--out", "carry")
    d = rig.dir / "carry"
    assert sorted(p.name for p in d.iterdir()) == ["agent.conf", "agent.crt", "agent.key", "ca.crt"]
    assert stat.S_IMODE((d / "agent.key").stat().st_mode) == 0o600 and "agent.key" in out.stdout
    assert (d / "ca.crt").read_bytes().split() == (rig.dir / "pki" / "ca.crt").read_bytes().split()
    Known(rig, d / "agent.crt", d / "agent.key").close()
    assert f"localhost:{rig.agent_port}" in (d / "agent.conf").read_text()
    assert "BEGIN PRIVATE" not in c.text()
    assert rig.ctl("agent", "issue", "srv02", "--out", "carry", check=False).returncode == 1
    bad = rig.ctl("agent", "issue", "nobody", "--out", "none", check=False)
    assert bad.returncode == 1 and "nodes = " in bad.stderr and not (rig.dir / "none").exists()
    status, answer = post(rig, "issue", node="srv02", request="AAAA")
    assert status == 409, answer


def who_may(rig):
    """Viewers read; only administrators act; a page of another site does not."""
    viewer = rig.ctl("token", "add", "reader", "--role", "operator", "--ends", "1d").stdout.strip()
    assert rig.request("/api/v1/agents", token=viewer)[0] == 200
    for path, form in [("invite", {"node": "srv02"}), ("withdraw", {"node": "srv02"}),
                       ("revoke", {"node": "srv02"}), ("issue", {"node": "srv02", "request": "AAAA"})]:
        assert post(rig, path, token=viewer, **form)[0] == 403
        status, _, _ = rig.request(f"/api/v1/agents/{path}", "POST", token="none",
                                   headers={"Cookie": rig.session(), "Origin": "http://evil.example"})
        assert status in (401, 403)
    assert post(rig, "invite", node="srv02", zone="B")[0] == 409
    assert post(rig, "invite", node="srv02", collector="x; rm -rf /:1")[0] == 400
    assert post(rig, "invite", node="srv02", speaks_for="none-*")[0] == 404
    assert post(rig, "revoke", serial="zz")[0] == 400
    assert post(rig, "revoke", node="a", serial="01")[0] == 400
    for page in ("/agents", "/system"):
        status, _, body = rig.request(page)
        assert status == 200
    assert b"/agents/revoke" in rig.request("/agents")[2]
    assert b"/agents/revoke" not in rig.request("/agents", token=viewer)[2]


def test_without_key(rig):
    """Without the authority's key nothing is given out; taking back works."""
    site(rig, key=False)
    bad = rig.ctl("agent", "invite", "srv02", check=False)
    assert bad.returncode == 1 and "enroll.ca_key" in bad.stderr
    a = wire.Agent(rig, "srv01")
    a.send(wire.frame(RENEW, make_request(rig.dir / "k")))
    assert error_of(a.receive())[0] == E_ENROLL
    rig.ctl("agent", "revoke", "srv01")
    assert error_of(next(f for f in iter(a.receive, 0) if f is None or f[0] == wire.ERROR))[0] == E_REVOKED


def test_damaged(rig):
    """The register is kept twice: one damaged file changes nothing, and is told of."""
    c = site(rig)
    rig.ctl("agent", "revoke", "srv01")
    assert c.stop() == 0
    f = rig.dir / "state" / "agents.json"
    f.write_bytes(f.read_bytes()[:-40])
    c = rig.collector()
    assert error_of(wire.Agent(rig, "srv01", greet=False).receive())[0] == E_REVOKED
    assert "its copy was read" in c.text() and list(rig.dir.glob("state/agents.json.damaged-*"))
    rig.ctl("agent", "revoke", "srv03")
    assert json.loads(f.read_text())["version"] == 1


def test_damaged_twice(rig):
    """Both copies damaged: what was taken back stays so, until a node is invited anew."""
    c = site(rig)
    rig.pki("nodes", "srv02", "srv03")
    other = wire.Agent(rig, "srv03")
    number = agents(rig)["srv03"]["certificate"]["serial"]
    rig.ctl("agent", "revoke", "srv01", "--reason", "stolen")
    rig.ctl("agent", "revoke", "--serial", number)
    assert error_of(next(f for f in iter(other.receive, 0) if f is None or f[0] == wire.ERROR))[0] == E_REVOKED
    assert c.stop() == 0
    state = rig.dir / "state"
    assert len([s for s in (state / "agents.json.revoked").read_text().splitlines() if s]) == 2
    for name in "agents.json", "agents.json.copy":
        (state / name).write_bytes((state / name).read_bytes()[:-40])
    c = rig.collector()
    for node in "srv01", "srv03":
        assert error_of(wire.Agent(rig, node, greet=False).receive())[0] == E_REVOKED, node
    wire.Agent(rig, "srv02")
    assert "What was taken back stays so (agents.json.revoked: 2 lines, 0 damaged)" in c.text()
    assert c.stop() == 0
    # Gone is no better; a line that is damaged is told of, and costs no other.
    for name in "agents.json", "agents.json.copy":
        (state / name).unlink()
    f = state / "agents.json.revoked"
    f.write_bytes(f.read_bytes().replace(b"srv01", b"srv09"))
    c = rig.collector()
    assert error_of(wire.Agent(rig, "srv03", greet=False).receive())[0] == E_REVOKED
    assert "agents.json is gone" in c.text() and "1 lines, 1 damaged" in c.text()
    assert list(state.glob("agents.json.revoked.damaged-*"))


def test_many_strangers(rig):
    """Of nodes that nobody configured some are listed, and the others are counted."""
    site(rig, key=False)
    assert rig.api("agents")["left_out"] == 0
    for i in range(70):
        assert post(rig, "revoke", node=f"gone{i % 68}")[0] == 200
    found = rig.api("agents")
    assert found["left_out"] == 4 and sum(not a["configured"] for a in found["agents"]) == 64
    assert "4 more are not listed" in rig.ctl("agent", "list").stderr
    assert b"Not listed: 4 more" in rig.request("/agents", headers={"Accept-Language": "en"})[2]


def test_issuer(rig):
    """The program that has the key takes nothing that it should not."""
    pki = rig.dir / "pki"
    good = make_request(rig.dir / "k")
    text = base64.b64encode(good).decode()

    def run(*words):
        return subprocess.run([str(BUILD / "zonewatch-issuer"), *map(str, words)], capture_output=True,
                              text=True, env=rig.env)
    args = ["-a", pki / "ca.crt", "-k", pki / "ca.key", "-d", "90"]
    assert run(*args, text, "srv01").returncode == 0
    for bad in [[], args, [*args, text], [*args, "@", "srv01"], [*args[:-1], "0", text, "srv01"],
                [*args[:-1], "9999", text, "srv01"]]:
        assert run(*bad).returncode == 64
    for bad in [[*args, text, "../x"], [*args, text[:-8], "srv01"],
                ["-a", pki / "ca.crt", "-k", pki / "collector.key", "-d", "90", text, "srv01"],
                ["-a", pki / "collector.crt", "-k", pki / "collector.key", "-d", "90", text, "srv01"]]:
        p = run(*bad)
        assert p.returncode == 1 and p.stdout == "" and p.stderr.startswith("zonewatch-issuer: ")
