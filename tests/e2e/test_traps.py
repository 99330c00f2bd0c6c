# SPDX-License-Identifier: GPL-3.0-or-later
"""Traps and informs to the gateway, by net-snmp's own senders: who is heard, who is refused, floods."""

import os
import shutil
import socket
import subprocess
import time

import pytest

from liar import bind, integer, octets, oid, tlv
from snmprig import (  # noqa: F401 (fixtures)
    agent, Driver, drv, LOCATION, OK, peer, started, udp_port, V3)

pytestmark = pytest.mark.skipif(not shutil.which("snmpd"), reason="needs snmpd")

TRAP = ".1.3.6.1.4.1.8072.2.3.0.1"
VALUE = [".1.3.6.1.4.1.8072.2.3.2.1", "i"]


class Traps:
    """A driver that receives traps."""

    def __init__(self, drv, extra="", state=None):
        self.drv, self.port = drv, udp_port()
        drv.tell("cred 2c community=secret", f"cred 3 {V3}",
                 "cred 3 user=two auth=SHA authpass=authpass-99999",
                 f"trapd 127.0.0.1 {self.port} {extra}",
                 f"trapengine 8000000001020304 3 {V3}")
        drv.expect("^trapengine ok$")
        self.n = 0

    def send(self, *words, program="snmptrap", value=None):
        """Its exit code; each has another value, so that none is a duplicate."""
        self.n += 1
        env = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(self.drv.path / "sender"),
               "HOME": str(self.drv.path)}
        done = subprocess.run([program, *words, f"127.0.0.1:{self.port}", "", TRAP, *VALUE,
                               str(value or self.n)], env=env, capture_output=True, timeout=30)
        return done.returncode

    def inform(self, *words):
        return self.send(*words, "-r", "1", "-t", "1", program="snmpinform")

    def stats(self):
        time.sleep(0.05)
        return self.drv.numbers("trapstats")


def v3(user="zw", level="authPriv", auth="authpass-12345", priv="privpass-12345", proto="SHA-256"):
    words = ["-v3", "-u", user, "-l", level]
    if level != "noAuthNoPriv":
        words += ["-a", proto, "-A", auth]
    if level == "authPriv":
        words += ["-x", "AES", "-X", priv]
    return words


ENGINE = ["-e", "0x8000000001020304"]


def test_traps(drv):
    t = Traps(drv)
    t.send("-v2c", "-c", "secret")
    drv.expect(r"^trap from=127.0.0.1 agent= version=1 inform=0 uptime=\d+ n=1 "
               r"oid=1.3.6.1.4.1.8072.2.3.0.1$")
    drv.expect(r"^  1.3.6.1.4.1.8072.2.3.2.1 INTEGER 1$")
    env = {**os.environ, "MIBS": ""}
    for generic, specific, name in (("6", "17", "1.3.6.1.4.1.8072.2.3.0.17"),
                                    ("3", "0", "1.3.6.1.6.3.1.1.5.4")):
        subprocess.run(["snmptrap", "-v1", "-c", "secret", f"127.0.0.1:{t.port}",
                        ".1.3.6.1.4.1.8072.2.3", "10.0.0.9", generic, specific, "4711",
                        *VALUE, "7"], env=env, check=True)
        drv.expect(rf"^trap from=127.0.0.1 agent=10.0.0.9 version=0 inform=0 uptime=4711 n=1 "
                   rf"oid={name}$")
    assert t.inform("-v2c", "-c", "secret") == 0
    assert t.inform(*v3()) == 0
    assert t.inform(*v3("two", "authNoPriv", "authpass-99999", proto="SHA")) == 0
    t.send(*ENGINE, *v3())
    drv.expect(r"version=2 inform=0")
    stats = t.stats()
    assert stats["accepted"] == 7, stats
    assert sum(v for k, v in stats.items() if k != "accepted") == 0, stats


def test_traps_that_are_refused(drv):
    """Each kind is refused, counted under its name, and nothing of it comes out."""
    t = Traps(drv)
    cases = [
        ("community", lambda: t.send("-v2c", "-c", "public")),
        ("community", lambda: t.inform("-v2c", "-c", "public")),
        ("forged", lambda: t.send(*ENGINE, *v3(auth="wrongpass-12345"))),
        ("forged", lambda: t.send(*ENGINE, *v3(level="authNoPriv", auth="wrongpass-12345"))),
        ("forged", lambda: t.send(*ENGINE, *v3(priv="wrongpass-12345"))),
        ("forged", lambda: t.inform(*v3(auth="wrongpass-12345"))),
        ("security_level", lambda: t.send(*ENGINE, *v3(level="noAuthNoPriv"))),
        ("security_level", lambda: t.send(*ENGINE, *v3(level="authNoPriv"))),
        ("security_level", lambda: t.inform(*v3(level="noAuthNoPriv"))),
        ("user", lambda: t.send("-e", "0x8000000009090909", *v3())),
        ("user", lambda: t.send(*ENGINE, *v3(user="nobody"))),
        ("user", lambda: t.inform(*v3(user="nobody"))),
    ]
    for why, send in cases:
        before = t.stats()
        send()
        after = t.stats()
        assert after[why] > before[why], (why, before, after)
        assert after["accepted"] == 0
        assert all(after[k] == before[k] for k in after if k != why), (why, before, after)
    before = t.stats()["pdu"]
    for words in (["-v2c", "-c", "secret"], v3()):
        for program in ("snmpget", "snmpset"):
            more = ["i", "1"] if program == "snmpset" else []
            subprocess.run([program, *words, "-r", "0", "-t", "1", f"127.0.0.1:{t.port}",
                            ".1.3.6.1.2.1.1.1.0", *more], env={**os.environ, "MIBS": ""},
                           capture_output=True)
    assert t.stats()["pdu"] == before + 4
    assert "\ntrap from" not in drv.text()


def test_malformed_traps(drv):
    t = Traps(drv)
    body = tlv(0xA7, integer(1) + integer(0) + integer(0) + tlv(0x30, b""))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        for data in (b"", b"0", os.urandom(400), b"\x30\x84\xff\xff\xff\xff", b"\x30\x80" * 3000,
                     tlv(0x30, integer(1) + octets(b"secret") + body),
                     tlv(0x30, integer(7) + octets(b"secret") + body),
                     tlv(0x30, integer(1) + octets(b"secret") + b"\xa7"),
                     tlv(0x30, integer(3) + tlv(0x30, b"") + octets(b""))):
            s.sendto(data, ("127.0.0.1", t.port))
        time.sleep(0.3)
        assert t.stats()["pdu"] == 9, t.stats()
    t.send("-v2c", "-c", "secret")
    drv.expect(r"^trap from")


def test_duplicates(drv):
    """The same PDU again is dropped, but an inform is answered."""
    t = Traps(drv)
    name = bind("1.3.6.1.6.3.1.1.4.1.0", oid("1.3.6.1.4.1.8072.2.3.0.1"))
    up = bind("1.3.6.1.2.1.1.3.0", tlv(0x43, b"\x12\x34"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(3)
        for command, answers in ((0xA7, 0), (0xA6, 5)):
            pdu = tlv(command, integer(99) + integer(0) + integer(0) + tlv(0x30, up + name))
            for _ in range(5):
                s.sendto(tlv(0x30, integer(1) + octets(b"secret") + pdu), ("127.0.0.1", t.port))
            for _ in range(answers):
                assert b"\xa2" in s.recv(1000)
    stats = t.stats()
    assert stats["duplicates"] == 9 and stats["accepted"] == 1, stats


def test_polled_device_sends_traps(drv, agent, tmp_path):
    """A device's engine is known once it was polled."""
    t = Traps(drv)
    peer(drv, "a", agent.port, f"3 {V3}")
    assert drv.one(f"get a {LOCATION}")[0] == OK
    drv.tell("engine a")
    engine = drv.expect(r"^engine a (\w+)$")[1]
    t.send("-e", "0x" + engine, *v3())
    assert t.stats()["user"] == 0
    t.send("-e", "0x" + engine, *v3(auth="wrongpass-12345"))
    assert t.stats()["forged"] == 1


def test_engine_boots_survive_a_kill(tmp_path, started):
    """Informs go on after kill -9: the boots have grown, the engine ID is the same."""
    state = tmp_path / "state"
    state.mkdir()
    seen = []
    for turn in range(3):
        d = Driver(tmp_path / f"drv{turn}", state)
        started.append(d)
        t = Traps(d)
        assert t.inform(*v3()) == 0
        engine, boots = (state / "snmp-engine").read_text().split()
        seen.append((engine, int(boots)))
        d.process.kill()
        d.process.wait(10)
    assert [b for _, b in seen] == [1, 2, 3] and len({e for e, _ in seen}) == 1
    (state / "snmp-engine").write_bytes(b"\x00garbage")
    d = Driver(tmp_path / "drv9", state)
    started.append(d)
    assert Traps(d).inform(*v3()) == 0
    assert "snmp-engine is not readable" in d.log()


def test_flood(drv):
    """A flood is bounded per source, told in one line, and the loop goes on."""
    t = Traps(drv, "rate=20 burst=50")
    name = bind("1.3.6.1.6.3.1.1.4.1.0", oid("1.3.6.1.4.1.8072.2.3.0.1"))
    up = bind("1.3.6.1.2.1.1.3.0", tlv(0x43, b"\x12\x34"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        end, n = time.monotonic() + 3, 0
        while time.monotonic() < end:
            for community in (b"secret", b"public"):
                pdu = tlv(0xA7, integer(n) + integer(0) + integer(0) + tlv(0x30, up + name))
                s.sendto(tlv(0x30, integer(1) + octets(community) + pdu), ("127.0.0.1", t.port))
                n += 1
        start = time.monotonic()
        stats = t.stats()
        assert time.monotonic() - start < 3
    assert 50 <= stats["accepted"] <= 50 + 20 * 5, stats
    assert stats["rate"] > 1000 and stats["community"] > 1000
    lines = [x for x in drv.log().split("\n") if " trap: " in x]
    assert len(lines) == 1, lines
    # an honest source of another address is heard
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.77", 0))
        pdu = tlv(0xA6, integer(5) + integer(0) + integer(0) + tlv(0x30, up + name))
        s.settimeout(3)
        s.sendto(tlv(0x30, integer(1) + octets(b"secret") + pdu), ("127.0.0.1", t.port))
        assert s.recv(1000)


def test_answers_leave_by_the_address_that_was_asked(drv):
    """On all addresses, IPv6 and IPv4: a sender hears no other than the one that it sent to."""
    port = udp_port()
    drv.tell("cred 2c community=secret", f"trapd :: {port}")
    drv.expect("^trapd ok$")
    name = bind("1.3.6.1.6.3.1.1.4.1.0", oid("1.3.6.1.4.1.8072.2.3.0.1"))
    up = bind("1.3.6.1.2.1.1.3.0", tlv(0x43, b"\x12\x34"))
    for family, to in ((socket.AF_INET, "127.0.0.5"), (socket.AF_INET6, "::1")):
        pdu = tlv(0xA6, integer(5) + integer(0) + integer(0) + tlv(0x30, up + name))
        with socket.socket(family, socket.SOCK_DGRAM) as s:
            s.settimeout(3)
            s.connect((to, port))
            s.send(tlv(0x30, integer(1) + octets(b"secret") + pdu))
            assert s.recv(1000)


def test_a_port_in_use_is_told(drv):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind(("127.0.0.1", 0))
        drv.tell(f"trapd 127.0.0.1 {s.getsockname()[1]}")
        assert "in use" in drv.expect(r"^trapd error (.*)$")[1]
