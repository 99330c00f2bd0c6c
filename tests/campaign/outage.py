# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector is away for a day, or a week. The days pass in seconds: the collector and the
simulator run on a wall clock of the tests (tests/e2e/wallclock.c), which is set ahead while the
collector is away, and the simulator's agents measure each step between at once into their real
spools (zonewatch-sim --catch-up).

The truth is told by the spools themselves, read here byte by byte, and by the simulator's oracle;
against them stand the acknowledgements, rrdtool, and the ledger of samples."""

import collections
import datetime
import os
import pathlib
import signal
import sqlite3
import struct
import subprocess
import time

import reference
import wire
from campaign import campaign, percentile
from clock import Wall
from conftest import BUILD, wait_for

DAY = 86400
STEP = 10
ARCHIVES = ((10, 9 * DAY), (60, 14 * DAY), (300, 90 * DAY), (3600, 1826 * DAY))
RULES = """
 { name = "silent"; kind = "no-data"; title = "No data"; severity = "critical"; },
 { name = "hot"; kind = "threshold"; title = "Hot"; source = "thermal"; field = "inlet"; above = 60.0;
   severity = "critical"; },
 { name = "busy"; kind = "threshold"; title = "Busy"; source = "cpu"; field = "busy"; above = 55.0;
   severity = "critical"; }
"""


def site(rig, count):
    """Agents in four zones; archives of a real site, so that the work is a real site's."""
    names = [f"n{i:02}" for i in range(count)]
    for i, zone in enumerate("ABCD"):
        if names[i::4]:
            rig.node(*names[i::4], zone=zone)
    rig.rules = RULES
    rig.mail = f'transport = "maildir:{rig.dir}/mail"; from = "zw@test.example";'
    rig.more_conf = ('recipients = ( { address = "duty@test.example"; } );\n'
                     'notify = { group_wait = "0s"; };')
    write = rig.write_conf

    def write_conf():
        write()
        path = rig.dir / "collector.conf"
        text = path.read_text()
        begin = text.index("archives = (")
        end = text.index(");", begin) + 2
        rows = ", ".join(f'{{ step = "{s}s"; keep = "{k}s"; }}' for s, k in ARCHIVES)
        path.write_text(text[:begin] + f"archives = ( {rows} );" + text[end:])

    rig.write_conf = write_conf
    rig.store = ""  # as shipped: each file is written every ten minutes
    return names


class Away:
    """The two clocks, and the outage."""

    def __init__(self, rig, names, seconds, script, *sim):
        self.rig, self.names = rig, names
        self.wall = Wall(rig, "all")
        self.wall.set(-seconds)
        self.script = rig.dir / "script"
        self.script.write_text(script)
        rig.write_conf()
        self.collector()
        rig.wait_collector()
        self.began = time.monotonic()
        groups = collections.defaultdict(list)
        for n in names:
            groups[rig.nodes[n]].append(n)
        self.sim = rig.start(
            "sim", BUILD / "zonewatch-sim", "--collector", f"127.0.0.1:{rig.agent_port}", "--pki",
            rig.dir / "pki", "--state", rig.dir / "sim", "--step", STEP, "--oracle",
            rig.dir / "oracle", "--catch-up", "--script", self.script, *sim,
            *[f"{z}:{','.join(ns)}" for z, ns in groups.items()], env=self.wall.env)
        wait_for("all connected", 40, self.all_connected)
        wait_for("two acknowledgements of each", 6 * STEP, self.all_told_twice)

    def collector(self):
        rig = self.rig
        rig.c = rig.start("collector", BUILD / "zonewatch-collector", "-f", "-c",
                          rig.dir / "collector.conf", env=self.wall.env)

    def all_connected(self):
        nodes = self.rig.api("nodes")["nodes"]
        return sum(n["connected"] for n in nodes) >= len(self.names)

    def all_told_twice(self):
        """Rates are known from the second sample on."""
        text = self.rig.dir.joinpath("oracle").read_text(errors="replace")
        return all(text.count(f"A {n} ") >= 2 for n in self.names)

    def go(self):
        """The collector goes; the time passes. How long it took to fill the spools."""
        assert self.rig.c.stop() == 0
        self.rig.daemons.remove(self.rig.c)
        began = time.monotonic()
        self.wall.set(0)
        wait_for("backlog", 300, lambda: "caught up" in self.sim.text())
        return time.monotonic() - began


def acked(rig):
    """The highest number acknowledged of each node, from the oracle's text."""
    out = {}
    p = subprocess.run(["grep", "^A ", str(rig.dir / "oracle")], text=True, capture_output=True)
    for line in p.stdout.splitlines():
        w = line.split()
        if len(w) >= 3:
            out[w[1]] = max(out.get(w[1], 0), int(w[2]))
    return out


def newest_record(directory):
    """The highest number in a spool."""
    return max((lsn for lsn, _, _ in records(directory)), default=0)


def records(directory):
    """(number, type, data) of each whole record of a seglog, by include/zw/seglog.h alone."""
    for path in sorted(pathlib.Path(directory).glob("*.seg")):
        data = path.read_bytes()
        at = 64
        while at + 17 <= len(data):
            length, _, lsn, kind = struct.unpack_from(">IIQB", data, at)
            if lsn == 0 or at + 17 + length > len(data):
                break
            if kind != 0:
                yield lsn, kind, data[at + 17:at + 17 + length]
            at += 17 + length


class Watch:
    """What people see while the backlog drains: how old the newest value of each node is."""

    def __init__(self, away):
        self.away, self.seen, self.late = away, {}, []

    def look(self):
        for n in self.away.names[::7]:
            for v in self.away.rig.api(f"last?node={n}")["values"]:
                t = v["time_s"]
                if t > self.seen.get(n, 0):
                    if n in self.seen:
                        self.late.append(time.time() - t)
                    self.seen[n] = t


def in_rrds(rig, until):
    """Whether librrd says of every file that it is at or beyond this moment."""
    for path in (rig.dir / "state" / "rrd").glob("n*/*.rrd"):
        p = subprocess.run(["rrdtool", "last", str(path)], text=True, capture_output=True)
        if p.returncode != 0 or int(p.stdout) < until:
            return False
    return True


def drain(rig, away):
    """The collector comes back, until a fault was mailed, too: (s until all of the backlog was
    acknowledged, until it was in the RRDs, how old the newest values were)."""
    target = {n: newest_record(rig.dir / "sim" / n / "records") for n in away.names}
    until = time.time() - STEP
    watch, done, stored, mailed = Watch(away), None, None, False
    began = time.monotonic()
    away.collector()
    rig.wait_collector()
    while None in (done, stored) or not mailed:
        now = time.monotonic()
        assert now - began < 300, f"acknowledged {done}, in the RRDs {stored}, mailed {mailed}"
        watch.look()
        if done is None:
            have = acked(rig)
            if all(have.get(n, 0) >= t for n, t in target.items()):
                done = time.monotonic() - began
        elif stored is None and in_rrds(rig, until):
            stored = time.monotonic() - began
        mailed = mailed or bool(rig.mails())
        time.sleep(0.1)
    return done, stored, watch.late


def back_at(away, node):
    """When the node's agent was let in last, by its own log."""
    line = [x for x in away.sim.text().splitlines() if f" as {node};" in x][-1]
    return datetime.datetime.fromisoformat(line.split(" zonewatch")[0]).timestamp()


def fault_at(rig, node):
    """When the values of the node first were beyond the limit, by the oracle."""
    out = subprocess.run(["grep", f"^S {node} .* cpu-total ", str(rig.dir / "oracle")],
                         text=True, capture_output=True).stdout
    for line in out.splitlines():
        w = line.split()
        values = dict(x.split("=") for x in w[5:])
        if float(values["busy"]) > 55 and int(w[3]) > time.time() - 600:
            return int(w[3])
    raise AssertionError(f"{node} never was busy")


@campaign("outage-day", short=2, long=24, build="release", alone=True, seconds=(110, 1500))
def outage_day(rig, hours):
    """The collector is away for so many hours, with 38 agents (few of them in the short form);
    within them a server was busy, which is over; another begins to be while the backlog drains."""
    long = hours >= 12
    names = site(rig, 38 if long else 4)
    away_s = hours * 3600
    away = Away(rig, names, away_s,
                f"1h cpu-busy node={names[1]} for 20min\n"
                f"{away_s - 20}s cpu-busy node={names[2]} for 1h\n")
    filled = away.go()
    mails = len(rig.mails())
    assert mails == 0, [m["Subject"] for m in rig.mails()]
    load = os.getloadavg()[0]
    done, stored, late = drain(rig, away)
    hot = max(fault_at(rig, names[2]), back_at(away, names[2]))
    mail = max((rig.dir / "mail" / "new").iterdir(), key=os.path.getmtime).stat().st_mtime
    told = [m["Subject"] for m in rig.mails()]
    assert len(told) == 1 and names[2] in rig.mails()[0].as_string(), told
    alerts = rig.api("alerts")["alerts"]
    assert not [a for a in alerts if a["rule"] == "silent"], alerts
    os.kill(away.sim.pid, signal.SIGTERM)
    assert away.sim.process.wait(60) == 0
    rig.flush()
    figures = reference.said(reference.check(rig, archives=ARCHIVES))
    limits = (60, 120) if long else (30, 60)
    assert done < limits[0], f"everything acknowledged only after {done:.0f} s"
    assert stored < limits[1], f"everything in the RRDs only after {stored:.0f} s"
    worst = percentile(late, 99)
    assert worst < 2 + 0.5, f"live values {worst:.1f} s late at the 99th percentile"
    assert mail - hot < 2 + 0.5, f"a fault in the drain was mailed after {mail - hot:.1f} s"
    return (f"{hours} h, {len(names)} agents (backlog made in {filled:.0f} s): acknowledged "
            f"{done:.1f} s, in the RRDs {stored:.1f} s after the start (load {load:.0f}); live "
            f"values {percentile(late, 50):.1f} s, p99 {worst:.1f} s old; a fault then mailed "
            f"after {mail - hot:.1f} s, none of the past; {figures}")


def spool_truth(rig, node):
    """By node's spool and oracle, of each UTC hour: [measured, received, thinned, dropped], in
    moments. Those of before the oldest record of the spool that nobody acknowledged were dropped."""
    kept = {}
    for lsn, kind, data in records(rig.dir / "sim" / node / "records"):
        if kind == 4:  # a batch
            _, at = wire.read_varint(data)
            kept[lsn] = wire.read_varint(data, at)[0]
    sure = acked(rig).get(node, 0)
    sent = {}
    out = subprocess.run(["grep", f"^S {node} .* uptime ", str(rig.dir / "oracle")], text=True,
                         capture_output=True).stdout
    for line in out.splitlines():
        w = line.split()
        sent[int(w[2])] = int(w[3])
    oldest = min(lsn for lsn in kept if lsn > sure)
    hours = collections.defaultdict(lambda: [0, 0, 0, 0])
    for lsn, t in sent.items():
        h = hours[t - t % 3600]
        h[0] += 1
        if lsn <= sure or lsn in kept:
            h[1] += 1
        elif lsn > oldest:
            h[2] += 1
        else:
            h[3] += 1
    return hours


def ledger_of(rig, node):
    db = sqlite3.connect(f"file:{rig.dir}/state/history.db?mode=ro", uri=True)
    rows = db.execute("SELECT hour_s, expected, received, thinned, dropped FROM ledger "
                      "WHERE node=?", (node,)).fetchall()
    db.close()
    return {r[0]: list(r[1:]) for r in rows}


def spool_size(rig, node):
    return sum(f.stat().st_size for f in (rig.dir / "sim" / node / "records").glob("*.seg"))


def stop_with_room(away, room):
    """Stops the simulator at a moment at which no spool will make room within the next minute: what
    is in them then is what there will be. The bytes of the fullest."""
    rig, margin, segment = away.rig, 2048, max(room // 16, 64 << 10)

    def probe():
        os.kill(away.sim.pid, signal.SIGSTOP)
        sizes = [spool_size(rig, n) for n in away.names]
        if all(x + segment + margin < room for x in sizes):
            return max(sizes)
        os.kill(away.sim.pid, signal.SIGCONT)
        time.sleep(STEP / 2)
        return None

    return wait_for("spools with room for a minute", 240, probe)


def week_is_back(away, told):
    """The collector comes back and has all; then it ends, and with it the ledger's hours are kept."""
    rig = away.rig
    away.collector()
    rig.wait_collector()
    os.kill(away.sim.pid, signal.SIGCONT)
    wait_for("all connected", 60, away.all_connected)
    target = {n: newest_record(rig.dir / "sim" / n / "records") for n in away.names}
    wait_for("acknowledgement of all", 120, lambda: all(
        acked(rig).get(n, 0) >= t for n, t in target.items()))
    assert away.sim.text().count("for want of room") == told, "room was made once more: say it again"
    time.sleep(1)
    assert rig.c.stop() == 0


def ledger_is_true(rig, truth):
    """The ledger of each node and hour is as the spools had it; the samples of all together. The
    first hour began before, the last one goes on."""
    total, last = [0, 0, 0, 0], max(max(hours) for hours in truth.values())
    for n, hours in truth.items():
        counted = ledger_of(rig, n)
        for hour in sorted(hours)[1:]:
            if hour >= last:
                continue
            want = [9 * x for x in hours[hour]]  # nine series each
            assert counted.get(hour) == want, f"{n} at {hour}: {counted.get(hour)}, truly {want}"
            total = [a + b for a, b in zip(total, want)]
    return total


@campaign("outage-week", short=48, long=168, build="release", seconds=(110, 1500))
def outage_week(rig, hours):
    """The collector is away for so many hours, and the spools have room for a part: they keep
    within it, thin to one a minute, then drop, and the ledger has it sample for sample."""
    room = hours * 6 << 10  # an hour with one a minute takes 9 KiB
    names = site(rig, 4)
    away = Away(rig, names, hours * 3600, "", "--spool", room)
    filled = away.go()
    size = stop_with_room(away, room)
    truth = {n: spool_truth(rig, n) for n in names}
    week_is_back(away, away.sim.text().count("for want of room"))
    total = ledger_is_true(rig, truth)
    assert size <= room, f"a spool has {size} bytes of {room}"
    assert total[2] > 0 and total[3] > 0, f"nothing was thinned or nothing dropped: {total}"
    return (f"{hours} h, {len(names)} agents with {room >> 10} KiB each (made in {filled:.0f} s; most "
            f"{size / room:.0%} used): of {total[0]:,} samples {total[1]:,} received, {total[2]:,} "
            f"thinned, {total[3]:,} dropped; the ledger says so in each node and hour")
