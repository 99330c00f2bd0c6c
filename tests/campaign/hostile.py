# SPDX-License-Identifier: GPL-3.0-or-later
"""A hostile agent: its certificate is good, and nothing else is.

hostile-frames: each thing that a frame can lie about, as connections of one node, while the files of
another lie still. Compared: every such record or session is refused by an error, or what it meant
is left out; the tree of the other nodes is the same byte for byte; nothing is written outside of
the state; the collector still answers; and a mail names the node.

hostile-load: one agent against 37, in each way of tests/campaign/flood.c. Compared: the 99th
percentile of the others' acknowledgement (the simulator's oracle) with that of the quiet times
before and after; the collector's memory; the agents' sessions; the alerts' node."""

import hashlib
import os
import pathlib
import subprocess
import time

import wire
from campaign import campaign, dice, percentile
from conftest import BUILD, ROOT, wait_for

SHIPPED = f'include = [ "{ROOT}/conf/rules/default.conf" ];'
MEMORY_MB = 256
NAMES = [b"..", b".", b"../../../../tmp/zw-evil", b"/etc/passwd", b"a/b", b"a:b", b"a@b", b"a\\b",
         b"a\x00b", b"a\nb", b"a\x1b[2J", b"\x7f", b"", b" ", b"a b", b"%s%n", b"-x", b".x", b"x..y",
         b"\xff\xfe", b"\xc0\xaf", "\u202e".encode(), b"x" * 300, b"N", b"'; drop table", b"<b>"]


# --- frames --------------------------------------------------------------------------------------

def raw_define(number, node, source, instance, fields):
    """A definition whose names are what they are given as."""
    return wire.frame(wire.DEFINE, wire.varint(number) + wire.text(node) + wire.text(source) +
                      wire.text(instance) + b"\1" + wire.varint(len(fields)) + b"".join(fields))


def names(rng, now, me):
    """Names that are none, at each place. A name of one place may be one at another: those that
    are good are not sent."""
    bad = rng.choice(NAMES)
    where = rng.choice(["node", "source", "instance", "field"])
    if where in ("node", "instance") and bad in (b"", b"N"):
        bad = b"/"
    if bad == b"N":
        bad = b"a/"
    parts = {"node": me.encode(), "source": b"s", "instance": b"i", "field": b"v"} | {where: bad}
    return raw_define(1, parts["node"], parts["source"], parts["instance"],
                      [wire.field(parts["field"])]), "ends"


def others(rng, now, me):
    """The series of another, and of the collector."""
    node = rng.choice(["still", "site", "zone.A", f"{me}.child", "still.x", "nobody"])
    return wire.define(1, "cpu", "total", node=node), "ends"


def clocks(rng, now, me):
    """Times that cannot be, of batches and events."""
    t = rng.choice([0, 1, 946684799, now + 3600, now + 86400, 2**31 - 1, 2**31, 2**32, 4102444800,
                    99999999999, 2**53, 2**62])
    if rng.random() < 0.3:
        f = wire.frame(wire.EVENT, wire.varint(1) + wire.struct.pack(">q", min(t * 1000, 2**63 - 1)) +
                       b"\1" + wire.varint(0) + wire.text("test") + wire.text("x"))
    else:
        f = wire.batch(1, t, 1, [666.0])
    return wire.define(1, "lies") + f, "refused"


def garbage(rng, now, me):
    """Bytes that are no frame, behind frames that are."""
    good = wire.define(1, "good") + wire.batch(1, now - 5, 1, [1.0])
    bad = bytearray(wire.define(2, "other"))
    kind = rng.randrange(6)
    if kind == 0:
        bad = bytearray(rng.randbytes(200))
        bad[0] = rng.choice([0, 0x59, 0xff])
    elif kind == 1:
        bad[rng.randrange(8, len(bad))] ^= 1 << rng.randrange(8)  # checksum or payload
    elif kind == 2:
        bad[4:8] = wire.struct.pack(">I", rng.choice([65525, 2**31, 2**32 - 1]))
    elif kind == 3:
        bad[1] = rng.choice([0, 2, 255])
    elif kind == 4:
        bad = bytearray(wire.frame(rng.choice([0, 2, 6, 9, 12, 13, 200, 255]), b"\1"))
    else:
        bad = bytearray(wire.frame(wire.BATCH, rng.randbytes(rng.randrange(1, 80)), rng.randrange(2, 255)))
        bad[3] &= 0xfe
        bad[3] |= 2
    return good + bytes(bad), "ends"


def contradictions(rng, now, me):
    """A number that becomes another series, another kind, another count."""
    first = wire.define(1, "one", fields=[wire.field("v"), wire.field("w")])
    kind = rng.randrange(5)
    if kind == 0:
        return first + wire.define(1, "two") + wire.batch(1, now - 5, 1, [666.0]), "refused"
    if kind == 1:
        return first + wire.batch(1, now - 5, 1, [666.0]), "refused"
    if kind == 2:
        return first + wire.batch(1, now - 5, 77, [666.0]), "refused"
    if kind == 3:
        return first + wire.define(1, "one", fields=[wire.field("v", kind=wire.COUNTER),
                                                     wire.field("w")]) + \
            wire.batch(1, now - 5, 1, [666.0, 666.0]), "refused"
    return first + wire.batch(0, now - 5, 1, [666.0, 1.0]), "ends"


def payloads(rng, now, me):
    """Payloads that are cut, or longer than they say, with a right checksum."""
    whole = rng.choice([wire.define(1, "x", "y"), wire.event(1, "words"), wire.batch(1, now, 1, [1.0]),
                        wire.frame(wire.PING, wire.struct.pack(">q", 0))])
    payload, kind = whole[12:], whole[2]
    if rng.random() < 0.5:
        payload = payload[:rng.randrange(len(payload))]
        if kind == wire.BATCH and len(payload) == 6:  # number and time: a batch of nothing
            payload = payload[:5]
    else:
        payload += rng.randbytes(rng.randrange(1, 9))
    if kind in (wire.EVENT, wire.BATCH) and payload[:1] == b"\1":
        return wire.define(1, "x") + wire.frame(kind, payload), "refused"
    return wire.frame(kind, payload), "ends"


def order(rng, now, me):
    """What is not allowed here: a second hello, answers, enrolment in a session."""
    return rng.choice([wire.hello(os.urandom(16)), wire.frame(wire.WELCOME, b"\0" * 20),
                       wire.frame(wire.ACK, b"\1"), wire.frame(10, b"\3abc\1x\2yz"),
                       wire.frame(12, b"\1")]), "ends"


WAYS = [names, others, clocks, garbage, contradictions, payloads, order]


def tree(path, but):
    """Every file below, by its bytes."""
    return {str(f.relative_to(path)): hashlib.sha256(f.read_bytes()).hexdigest()
            for f in sorted(path.rglob("*")) if f.is_file() and f.relative_to(path).parts[0] not in but}


def one(rig, me, data, expect):
    """Sends it as this node; what came of it: the errors' texts, and whether the session ended."""
    a = wire.Agent(rig, me)
    errors = []
    try:
        a.send(data + wire.frame(wire.PING, wire.struct.pack(">q", 0)))
        while (f := a.receive()) is not None and f[0] != wire.PONG:
            if f[0] == wire.ERROR:
                errors.append(f[1])
        ended = f is None
    except OSError:
        ended = True
    finally:
        a.close()
    assert ended == (expect == "ends"), (expect, ended, errors)
    assert errors or ended, "nothing was said"


def mailed(rig, rule, node):
    """Mails about this rule that name the node."""
    title = {"agent-refused": "What the agent sends is refused",
             "agent-limited": "The agent sends far too much"}[rule]
    return [m for m in rig.mails()
            if title in (t := m.get_body(("plain",)).get_content()) and node in t]


def prepare(rig):
    rig.more_conf = SHIPPED
    rig.mail = f"""transport = "maildir:{rig.dir}/mail"; from = "zonewatch@dc.example";
        recipients = ( {{ address = "it@ministry.example"; }} );"""


@campaign("hostile-frames", short=60, long=5000, seconds=(120, 7200))
def hostile_frames(rig, n, seed):
    """Frames of a good certificate that lie in n ways: refused, named, and nobody else's files
    change."""
    rng = dice(seed, "hostile")
    prepare(rig)
    # A node may begin only so many streams, and come only so often, before it is refused for that.
    evil = [f"evil{i}" for i in range(max(8, n // 50 + 1))]
    rig.node("still", *evil)
    rig.collector()
    good = rig.agent("still")
    rrd = rig.dir / "state" / "rrd"
    wait_for("its values", 30, lambda: rig.api("last?node=still")["values"])
    wait_for("its files", 60, lambda: (rig.flush(), any((rrd / "still").glob("*.rrd")))[1])
    good.stop()
    rig.flush()
    made = {*evil, "site", "zone.A", "zone.B", "zone.C", "zone.D"}
    before = tree(rrd, made)
    assert before
    outside = sorted(str(p) for p in rig.dir.iterdir())
    last = {}
    for i in range(n):
        way = WAYS[i % len(WAYS)]
        me = evil[i % len(evil)]
        data, expect = way(rng, int(time.time()), me)
        try:
            one(rig, me, data, expect)
        except AssertionError as e:
            raise AssertionError(f"seed {seed}: {i}, {way.__name__}: {e}; {data!r:.300}") from e
        last[way.__name__] = last.get(way.__name__, 0) + 1
    assert rig.c.alive() and rig.api("health")["status"] == "ok"
    rig.flush()
    assert tree(rrd, made) == before
    assert {d.name for d in rrd.iterdir()} <= made | {"still"}
    assert sorted(str(p) for p in rig.dir.iterdir() if p.name not in ("mail", "mail.tmp")) == \
        [p for p in outside if pathlib.Path(p).name not in ("mail", "mail.tmp")]
    assert not pathlib.Path("/tmp/zw-evil").exists()
    for me in evil:
        values = [(v["series"], v["value"]) for v in rig.api(f"last?node={me}")["values"] if v["series"] != "conduct"]
        assert 666.0 not in [v for _, v in values], (me, values)
    def named():
        return {a["node"] for a in rig.api("alerts")["alerts"] if a["rule"] == "agent-refused"}
    wait_for("alert of each", 60, lambda: named() >= set(evil[:n]))
    # They are one incident, of which the first mail tells the first; what joins comes in the next.
    wait_for("mail", 60, lambda: any(mailed(rig, "agent-refused", me) for me in evil))
    return (f"{n} lies ({', '.join(f'{k} {v}' for k, v in last.items())}): all refused, {len(evil)} "
            f"nodes named in alerts and by mail, {len(before)} files of others unchanged")


# --- load ----------------------------------------------------------------------------------------

def memory_mb(pid):
    """The most that the process had at once."""
    return int(next(x for x in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
                    if x.startswith("VmHWM")).split()[1]) / 1024


class Measure:
    """The others' acknowledgements, as the oracle tells of them from one moment on."""

    def __init__(self, rig):
        self.rig = rig

    def during(self, what):
        """99th percentile of what was acknowledged meanwhile, in ms, and how many."""
        already = len(self.rig.ack_times())
        what()
        times = [1000 * t for _, _, t in self.rig.ack_times()[already:]]
        assert len(times) > 37, "the others were not acknowledged"
        return percentile(times, 99), len(times)


def flood(rig, way, seconds):
    """Runs it: frames, bytes, sessions, errors."""
    base = rig.dir / "pki" / "nodes" / "evil"
    p = subprocess.run([BUILD / "flood", str(rig.agent_port), rig.dir / "pki" / "ca.crt",
                        f"{base}.crt", f"{base}.key", str(seconds), way], text=True,
                       capture_output=True, timeout=seconds + 30)
    assert p.returncode == 0, p.stderr
    return [int(x) for x in p.stdout.split()]


class Attacks:
    """One after the other with quiet between them."""

    def __init__(self, rig, seconds):
        self.rig, self.seconds, self.m = rig, seconds, Measure(rig)
        self.quiet = self.rest()

    def rest(self):
        return self.m.during(lambda: time.sleep(self.seconds))[0]

    def attack(self, way):
        """The attack's figure, that of the quiet around it, what was sent. Three times at most, for
        the machine may be busy with something else just then."""
        tried = []
        for _ in range(3):
            sent, before = [], self.quiet
            bad, _ = self.m.during(lambda: sent.extend(flood(self.rig, way, self.seconds)))
            self.quiet = self.rest()
            tried.append((bad, max(before, self.quiet)))
            if bad <= 2 * tried[-1][1]:
                return *tried[-1], sent
        raise AssertionError(f"{way}: the 99th percentile of others' acknowledgement was "
                             + ", ".join(f"{b:.1f} ms (quiet {q:.1f})" for b, q in tried))


@campaign("hostile-load", short=2, long=30, build="release", alone=True, seconds=(150, 3600))
def hostile_load(rig, seconds):
    """One agent floods in each way, 37 others are acknowledged as ever."""
    prepare(rig)
    quiet_nodes = [f"srv-{i:02}" for i in range(1, 38)]
    rig.node(*quiet_nodes)
    rig.pki("nodes", "evil")
    rig.nodes["evil"] = "B"
    ways = ["tiny", "events", "batches", "deaf", "series", "define", "empty", "garbage"]
    if seconds < 10:
        ways = ["events", "batches", "series"]
    rig.collector()
    certificates = rig.nodes.pop("evil")
    rig.sim(step=1)
    rig.nodes["evil"] = certificates
    wait_for("all of them", 30, lambda: len({n for n, _, _ in rig.ack_times()}) == 37
             if (rig.dir / "oracle").exists() else False)
    time.sleep(2)
    worst, text, attacks = 0, [], Attacks(rig, seconds)
    for way in ways:
        bad, quiet, sent = attacks.attack(way)
        worst = max(worst, bad / quiet)
        text.append(f"{way} {bad:.1f}/{quiet:.1f} ms ({sent[0] / seconds:,.0f} frames/s, "
                    f"{sent[1] / seconds / 1e6:.1f} MB/s)")
    memory = memory_mb(rig.c.pid)
    assert memory < MEMORY_MB, f"the collector had {memory:.0f} MB"
    log = rig.c.text()
    for n in quiet_nodes:
        assert log.count(f"{n} is connected") == 1, f"{n} lost its session"
    wait_for("alert", 60, lambda: any(mailed(rig, r, "evil") for r in ("agent-refused", "agent-limited")))
    return (f"99th percentile under attack/quiet: {'; '.join(text)}; worst ratio {worst:.2f}; "
            f"collector {memory:.0f} MB; load {os.getloadavg()[0]:.1f}")
