# SPDX-License-Identifier: GPL-3.0-or-later
"""A collector that lies to an agent that asks for its next certificate: what is not exactly what was
asked for is not installed, and nothing that comes makes the agent busy or ends it."""

import os
import socket
import ssl
import struct
import threading
import time

import dated
import wire
from conftest import BUILD, wait_for

RENEW, CERTIFICATE = 11, 12
E_ENROLL = 11


class Liar(threading.Thread):
    """A collector by its true certificate, which answers each request by the next of these lies."""

    def __init__(self, rig, lies):
        super().__init__(daemon=True)
        pki = rig.dir / "pki"
        self.rig, self.lies, self.asked, self.hellos = rig, lies, [], 0
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.ctx.load_cert_chain(pki / "collector.crt", pki / "collector.key")
        self.ctx.load_verify_locations(pki / "ca.crt")
        self.ctx.verify_mode = ssl.CERT_REQUIRED
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        while True:
            s, _ = self.listener.accept()
            try:
                with self.ctx.wrap_socket(s, server_side=True) as t:
                    self.session(t)
            except (OSError, TypeError):
                pass

    def session(self, t):
        """One connection: a wire.Agent's way of reading, turned round."""
        a = wire.Agent.__new__(wire.Agent)
        a.s, a.kept = t, b""
        while (got := a.receive()) is not None:
            kind, p = got
            if kind == wire.HELLO:
                self.hellos += 1
                sent = p[18:26]
                a.send(wire.frame(wire.WELCOME, wire.varint(0) + sent + 2 * struct.pack(">q", wire.now_ms()) +
                                  wire.varint(256) + wire.varint(1 << 20) + wire.text("here")))
            elif kind == wire.PING:
                a.send(wire.frame(wire.PONG, p[:8] + struct.pack(">q", wire.now_ms())))
            elif kind == RENEW:
                self.asked.append(time.monotonic())
                lie = self.lies[min(len(self.asked), len(self.lies)) - 1]
                for f in lie(self.rig.dir / "pki", p):
                    a.send(f)


def signed(pki, request, names=("here",)):
    """A certificate for the request's key that ends in half a minute."""
    work = pki / f"lie-{time.monotonic_ns()}"
    work.mkdir()
    (work / "csr").write_bytes(request)
    san = ",".join(f"URI:urn:zonewatch:node:{n}" for n in names)
    (work / "conf").write_text(f"[d]\ndatabase=index\nnew_certs_dir=.\ndefault_md=sha256\npolicy=p\n"
                               f"rand_serial=yes\n[p]\ncommonName=optional\n[e]\nbasicConstraints=critical,CA:FALSE\n"
                               f"extendedKeyUsage=clientAuth\nsubjectAltName={san}\n")
    (work / "index").write_text("")
    dated.run("req", "-inform", "DER", "-in", "csr", "-out", "pem", cwd=work)
    dated.run("ca", "-batch", "-config", "conf", "-name", "d", "-in", "pem", "-out", "crt", "-notext", "-extensions",
              "e", "-startdate", dated.moment(-60), "-enddate", dated.moment(30), "-subj", "/CN=lie",
              "-cert", pki / "ca.crt", "-keyfile", pki / "ca.key", cwd=work)
    return dated.run("x509", "-in", "crt", "-outform", "DER", cwd=work)


def authority(pki):
    return dated.run("x509", "-in", pki / "ca.crt", "-outform", "DER", cwd=pki)


def answer(leaf, ca):
    return wire.frame(CERTIFICATE, wire.varint(len(leaf)) + leaf + wire.varint(len(ca)) + ca)


def other_key(pki, request):
    key = dated.run("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", cwd=pki)
    (pki / "other.key").write_bytes(key)
    return dated.run("req", "-new", "-key", "other.key", "-subj", "/CN=x", "-outform", "DER", cwd=pki)


def test_lies(rig):
    """None of these is installed; the true one, which ends at once, is asked for again in peace."""
    rig.node("there")
    pki = rig.dir / "pki"
    lies = [
        lambda pki, r: [answer(os.urandom(65000), b"x")],
        lambda pki, r: [answer(signed(pki, other_key(pki, r)), authority(pki))],
        lambda pki, r: [answer(signed(pki, r, ("here", "there")), authority(pki))],
        lambda pki, r: [wire.frame(wire.ERROR, bytes([E_ENROLL]) + wire.varint(0) + wire.text("no"))] * 3000,
        lambda pki, r: [answer(signed(pki, r), authority(pki))] * 2000,
    ]
    liar = Liar(rig, lies)
    place = rig.dir / "machine"
    (place / "tls").mkdir(parents=True)
    dated.node(pki, place / "tls" / "agent", "here", begins=-200, ends=30)
    (place / "tls" / "ca.crt").write_bytes((pki / "ca.crt").read_bytes())
    (place / "agent.conf").write_text(f"""
collectors = [ "localhost:{liar.port}" ];
step = "1s";
spool = {{ dir = "{place}/spool"; }};
tls = {{ ca = "{place}/tls/ca.crt"; cert = "{place}/tls/agent.crt"; key = "{place}/tls/agent.key"; }};
sources = {{ off = [ "disk", "network", "filesystem" ]; }};
""")
    was = (place / "tls" / "agent.crt").read_bytes()
    a = rig.start("agent-machine", BUILD / "zonewatch-agent", "-f", "-c", place / "agent.conf")
    for n in range(1, len(lies) + 1):
        wait_for(f"request {n}", 30, lambda n=n: len(liar.asked) >= n)
        if n < len(lies):
            assert (place / "tls" / "agent.crt").read_bytes() == was
    wait_for("the true one", 20, lambda: (place / "tls" / "agent.crt").read_bytes() != was)
    time.sleep(5)
    assert a.alive() and len(liar.asked) == len(lies)
