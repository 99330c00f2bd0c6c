# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is let in by TLS: every kind of wrong certificate, halves of handshakes, key updates without
end, beside honest agents; and agents that are killed while they renew their certificates."""

import collections
import os
import re
import socket
import ssl
import subprocess
import time

from campaign import campaign, dice
from conftest import BUILD, PKI, wait_for
import dated
import wire

HONEST = [f"srv{i:02d}" for i in range(1, 5)]
THIEF = "srv09"


def contexts(rig):
    """Every certificate that must not pass: name -> (certificate without suffix, reason in the log,
    further settings of a context)."""
    pki = rig.dir / "pki"
    bad = rig.dir / "bad"
    bad.mkdir()
    other = rig.dir / "other"
    for words in (["init"], ["nodes", THIEF]):
        subprocess.run(["sh", str(PKI), str(other), *words], check=True, capture_output=True)
    node = dict(uris=[f"urn:zonewatch:node:{THIEF}"])
    made = {
        "wrong CA": (other / "nodes" / THIEF, "not signed by the authority"),
        "self-signed": (dict(node, own=True), "not signed by the authority"),
        "expired": (dict(node, begins=-9000, ends=-60), "certificate has expired"),
        "not yet valid": (dict(node, begins=3600, ends=9000), "certificate is not yet valid"),
        "other host's": (dict(uris=["urn:zonewatch:node:elsewhere"]), "elsewhere"),
        "names nobody": (dict(dns=["srv09"]), "names no node"),
        "name with a path": (dict(uris=["urn:zonewatch:node:../../srv01"]), "malformed name"),
        "CA as leaf": (pki / "ca", "an authority's or not made for its side"),
        "sub-authority": (dict(node, ca=True), "an authority's or not made for its side"),
        "signed by a node": (dict(node, authority=pki / "nodes" / "srv01"), "certificate"),
        "serverAuth": (dict(node, usage="serverAuth"), "not made for its side"),
        "no usage": (dict(node, usage=""), "not made for its side"),
        "the collector's": (pki / "collector", "not made for its side"),
        "none": (None, "did not return a certificate"),
        "TLS 1.2": (pki / "nodes" / THIEF, "speaks no TLS 1.3"),
        "revoked": (pki / "nodes" / "revoked", "revoked"),
    }
    for name, (how, why) in made.items():
        if isinstance(how, dict):
            out = bad / re.sub(r"\W", "-", name)
            dated.certificate(pki, out, **how)
            made[name] = (out, why)
    return made


def attempt(rig, name, pair, source):
    """One connection; whether the collector welcomed it."""
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname, ctx.verify_mode = False, ssl.CERT_NONE
    if name == "TLS 1.2":
        ctx.maximum_version = ssl.TLSVersion.TLSv1_2
    if pair is not None:
        ctx.load_cert_chain(f"{pair}.crt", f"{pair}.key")
    with socket.create_connection(("127.0.0.1", rig.agent_port), 10, (source, 0)) as s:
        try:
            with ctx.wrap_socket(s) as t:
                t.settimeout(10)
                t.sendall(wire.hello(os.urandom(16)))
                head = t.recv(12)
                return len(head) == 12 and head[2] == wire.WELCOME
        except OSError:
            return False


def lines_of(c, source):
    """What the collector's log says of connections from there."""
    return [l for l in c.text().splitlines() if f"{source}:" in l]


def half_open(rig, n):
    """Handshakes that begin and go no further: nothing, a byte, half a hello."""
    hello = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + os.urandom(32)
    socks = []
    for i in range(n):
        try:
            s = socket.create_connection(("127.0.0.1", rig.agent_port), 5, (f"127.0.9.{i % 200 + 1}", 0))
            s.sendall(hello[:[0, 1, 5, 20, 43][i % 5]])
            socks.append(s)
        except OSError:
            pass
    return socks


@campaign("tls", short=1, long=60, seconds=(60, 3600))
def tls(rig, n):
    """n rounds of every wrong certificate and of handshakes that stop or never end: none gets in,
    each is logged once with its reason, honest agents lose nothing."""
    rig.node(*HONEST, THIEF, "revoked")
    rig.more_conf += '\nenroll = { ca_key = "pki/ca.key"; };'
    made = contexts(rig)
    c = rig.collector()
    agents = [rig.agent(h, sources='off = [ "disk", "network", "filesystem" ];') for h in HONEST]
    wait_for("honest agents", 30, lambda: sum(x["connected"] for x in rig.api("nodes")["nodes"]) == len(HONEST))
    begun = int(time.time())
    # Seen once, then taken back.
    assert attempt(rig, "good", rig.dir / "pki" / "nodes" / "revoked", "127.0.7.1"), "a right one is refused"
    rig.ctl("agent", "revoke", "revoked")
    tried = collections.Counter()
    for turn in range(n):
        for i, (name, (pair, why)) in enumerate(made.items()):
            source = f"127.{8 + turn // 200}.{turn % 200 + 1}.{i + 1}"
            assert not attempt(rig, name, pair, source), f"{name}: it was let in"
            wait_for(f"a line about {name}", 10, lambda: lines_of(c, source))
            tried[name] += 1
        time.sleep(0.2)
        for i, (name, (pair, why)) in enumerate(made.items()):
            source = f"127.{8 + turn // 200}.{turn % 200 + 1}.{i + 1}"
            said = lines_of(c, source)
            assert len(said) == 1, f"{name}: {len(said)} lines: {said}"
            assert why in said[0], f"{name}: nothing of \"{why}\" in {said[0]}"
        half = half_open(rig, 64)
        assert not attempt(rig, "none", None, f"127.6.0.{turn % 250 + 1}")
        tried["half-open"] += len(half)
        cut = truncated(rig, turn)
        tried["truncated"] += cut
        updates(rig)
        tried["key updates"] += 1
        for s in half:
            s.close()
    nodes = {x["name"]: x["connected"] for x in rig.api("nodes")["nodes"]}
    assert all(nodes[h] for h in HONEST) and not nodes[THIEF] and not nodes["revoked"], nodes
    assert all(a.text().count("connected to") == 1 for a in agents), "an honest agent lost its session"
    gaps = honest_gaps(rig, begun)
    assert not gaps, gaps
    assert not (rig.dir / "state" / "rrd" / THIEF).exists()
    return (f"{sum(tried.values())} connections of {len(tried)} kinds, 0 let in, each of {len(made)} kinds of "
            f"certificate logged once with its reason; {len(HONEST)} honest agents: 0 sessions, 0 samples lost")


def truncated(rig, turn):
    """A right hello of openssl's, cut anywhere, and bytes of it changed."""
    ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ctx.check_hostname, ctx.verify_mode = False, ssl.CERT_NONE
    into, out = ssl.MemoryBIO(), ssl.MemoryBIO()
    try:
        ctx.wrap_bio(into, out).do_handshake()
    except ssl.SSLWantReadError:
        pass
    hello = bytearray(out.read())
    roll = dice(os.environ.get("ZW_SEED", "1"), f"cut {turn}")
    for i in range(20):
        sent = bytearray(hello)
        if i % 2:
            for _ in range(roll.randrange(1, 8)):
                sent[roll.randrange(len(sent))] = roll.randrange(256)
        else:
            del sent[roll.randrange(len(sent)):]
        with socket.create_connection(("127.0.0.1", rig.agent_port), 5, (f"127.0.10.{i + 1}", 0)) as s:
            s.sendall(sent)
            s.shutdown(socket.SHUT_WR)
            s.settimeout(5)
            try:
                while s.recv(4096):
                    pass
            except OSError:
                pass
    return 20


def updates(rig):
    """A right certificate that sends nothing but key updates for two seconds."""
    pair = rig.dir / "pki" / "nodes" / THIEF
    p = subprocess.Popen([BUILD / "keyupdates", str(rig.agent_port), rig.dir / "pki" / "ca.crt", f"{pair}.crt",
                          f"{pair}.key", "2"],
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        p.wait(10)
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()


def honest_gaps(rig, begun):
    """Seconds of honest agents that are not in their RRDs."""
    end = int(time.time()) - 3
    wait_for("the last samples", 30, lambda: rig.flush() or all(
        end - 1 in rig.fetch(h, "agent", end - 3, end) for h in HONEST))
    gaps = {}
    for h in HONEST:
        rows = rig.fetch(h, "agent", begun, end)
        lost = [t for t in range(begun + 2, end - 1) if t not in rows]
        if lost:
            gaps[h] = lost
    return gaps


@campaign("renewal-kill", short=5, long=300, seconds=(60, 7200))
def renewal_kill(rig, n):
    """An agent is killed at n moments of its certificate's renewal: whatever it left serves at once."""
    rig.nodes["here"] = "A"
    rig.more_conf += '\nenroll = { ca_key = "pki/ca.key"; };'
    rig.collector()
    roll = dice(os.environ.get("ZW_SEED", "1"), "renewal")
    place = rig.dir / "machine"
    tls_dir = place / "tls"
    tls_dir.mkdir(parents=True)
    conf = place / "agent.conf"
    conf.write_text(f"""
collectors = [ "127.0.0.1:{rig.agent_port}" ];
step = "1s";
spool = {{ dir = "{place}/spool"; }};
tls = {{ ca = "{tls_dir}/ca.crt"; cert = "{tls_dir}/agent.crt"; key = "{tls_dir}/agent.key"; }};
sources = {{ off = [ "disk", "network", "filesystem" ]; }};
""")
    moments = collections.Counter()
    for i in range(n):
        for f in tls_dir.iterdir():
            f.unlink()
        dated.node(rig.dir / "pki", tls_dir / "agent", "here", begins=-60, ends=29)
        (tls_dir / "ca.crt").write_bytes((rig.dir / "pki" / "ca.crt").read_bytes())
        began = {f.name: f.stat().st_ino for f in tls_dir.iterdir()}
        p = subprocess.Popen([BUILD / "zonewatch-agent", "-f", "-c", conf], env=rig.env,
                             stderr=subprocess.DEVNULL)
        what = roll.choice(["agent.key.new", "agent.crt", "agent.crt.tmp", "agent.key", ""])
        until = time.monotonic() + (10 if what else roll.random() * 3)
        while time.monotonic() < until:
            try:
                if what and (tls_dir / what).stat().st_ino != began.get(what):
                    break
            except FileNotFoundError:
                pass
        time.sleep(roll.random() ** 2 * 0.003)
        p.kill()
        p.wait()
        now = {f.name: f.stat().st_ino for f in tls_dir.iterdir()}
        fresh = now["agent.crt"] != began["agent.crt"]
        moments["between certificate and key" if fresh and "agent.key.new" in now else
                "after" if fresh else "key made" if "agent.key.new" in now else "before"] += 1
        check = subprocess.run([BUILD / "zonewatch-agent", "-n", "-c", conf], env=rig.env, text=True,
                               capture_output=True)
        assert check.returncode == 0, f"round {i}, {what}, {sorted(now)}: {check.stderr[-400:]}"
    return f"{n} kills ({', '.join(f'{v} {k}' for k, v in sorted(moments.items()))}), the certificate served each time"
