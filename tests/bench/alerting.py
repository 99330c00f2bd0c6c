# SPDX-License-Identifier: GPL-3.0-or-later
"""Alerting beside Prometheus and Alertmanager: the same scenarios played into both at the same time,
each scenario with a plant, a collector, a Prometheus, an Alertmanager and two SMTP sinks of its own;
then the mails of both are counted and judged by the same questions. Needs no network.

  alerting.py BUILD [SCENARIO ...] [--limit SECONDS] [--keep DIR]

Both sides measure every 2 s. zonewatch runs with conf/rules/default.conf as it is. Alertmanager has
what its documentation advises: group_by zone, group_wait 30 s, group_interval 5 min, repeat_interval
4 h, critical alerts mute the warnings of the same node, a dead gateway mutes what is behind it, ends
are mailed; Prometheus' rules have the same limits, holds (`for`) and clearing times (keep_firing_for),
and say value, trend and advice in their annotations."""

import argparse
import asyncio
import pathlib
import re
import shutil
import sys
import tempfile
import time

from alertsides import STEP, Plant, Prometheus, Zonewatch, make_pki

WARM = 40  # seconds of good values before anything goes wrong


class Fault:
    """What is wrong where, in seconds from the scenario's start. grace: how long its alerts may
    rightly last after it (values come back, clearing times)."""

    def __init__(self, zone, begin, end, grace=60):
        self.zone, self.begin, self.end, self.grace = zone, begin, end, grace


class Scenario:
    """drive(t) sets the plant's values; facts: what the first mail should say, as patterns."""

    name, faults, facts, kills, relay = "", [], {}, [], None

    def __init__(self):
        self.plant = Plant()
        self.build()

    def servers(self, zone, count):
        made = []
        for i in range(count):
            n = self.plant.node(f"s-{zone.lower()}{i + 1}", zone, role="server")
            n.inlet = n.add("thermal", "inlet", 24.0, unit="Cel")
            made.append(n)
        return made

    def cooling(self, zone):
        n = self.plant.node(f"cool-{zone.lower()}", zone, role="cooling")
        n.mode = n.add("cooling", "mode", 1, states="1oactive;2coff")
        n.fan = n.add("cooling", "fan_speed", 60, unit="%")
        return n

    def heat(self, zone, t, f):
        """3 °C a minute while the cooling is off, and back at 6."""
        off = f.begin <= t < f.end
        rise = max(0.0, min(t, f.end) - f.begin) / 60 * 3
        if t >= f.end:
            rise = max(0.0, rise - (t - f.end) / 60 * 6)
        for n in self.plant.nodes.values():
            if n.zone == zone and n.role == "server":
                n.inlet.value = round(24 + rise + int(n.name[3:]) * 0.05, 2)
            elif n.zone == zone and n.role == "cooling":
                n.mode.value, n.fan.value = (2, 0) if off else (1, 60)


class Cooling(Scenario):
    name = "cooling failure"
    facts = {"zone in the subject": r"\A[^\n]*Zone B", "the unit in the subject": r"\A[^\n]*cool-b",
             "the hottest inlet's value": r"\b2[3-9][.,]\d\d? ?°C", "what else is wrong": r"(?i)nothing else",
             "time to the limit": r"(?i)\d+ min|limit", "what to do": r"(?i)restore|look at"}

    def build(self):
        self.faults = [Fault("B", 0, 150, 240)]
        for zone in "AB":
            self.servers(zone, 10)
            self.cooling(zone)

    def drive(self, t):
        self.heat("B", t, self.faults[0])


class Restart(Cooling):
    name = "kill -9 amid it"
    kills = [45, 120]


class Battery(Scenario):
    name = "half a zone on battery"
    facts = {"zone in the subject": r"\A[^\n]*Zone A", "the UPS in the subject": r"\A[^\n]*ups-a1",
             "that it is on battery": r"(?i)battery", "minutes left": r"(?i)\b1\d([.,]\d+)? ?min",
             "what to do": r"(?i)generator"}

    def build(self):
        self.faults = [Fault("A", 0, 150, 60)]
        self.servers("A", 10)
        for name in ("ups-a1", "ups-a2"):
            n = self.plant.node(name, "A", role="ups")
            n.source = n.add("ups", "output_source", 3, states="3onormal;5con battery")
            n.runtime = n.add("ups", "runtime", 30, unit="min")
            n.charge = n.add("ups", "charge", 100, unit="%")

    def drive(self, t):
        u, gone = self.plant.nodes["ups-a1"], max(0.0, min(t, 150))
        on = 0 <= t < 150
        u.source.value = 5 if on else 3
        u.runtime.value = round(17 - gone / 30, 2) if on else 30
        u.charge.value = round(100 - gone / 10, 1) if on else 100


class Flapping(Scenario):
    name = "flapping sensor"
    facts = {"zone in the subject": r"\A[^\n]*Zone C", "the sensor in the subject": r"\A[^\n]*sens-c",
             "that it flaps": r"(?i)flap|chatter|again and again|times"}

    def build(self):
        self.faults = [Fault("C", 0, 350, 120)]
        self.servers("C", 3)
        n = self.plant.node("sens-c", "C")
        n.state = n.add("sensor", "state", 1, states="1ook;2wfault")

    def drive(self, t):
        bad = 0 <= t < 350 and t % 40 < 22
        self.plant.nodes["sens-c"].state.value = 2 if bad else 1


class Gateway(Scenario):
    name = "dead gateway"
    facts = {"zone in the subject": r"\A[^\n]*Zone D", "the gateway in the subject": r"\A[^\n]*gw-d",
             "that others hang on it": r"(?i)behind|unreachable|because|20 (nodes|devices)|hang"}

    def build(self):
        self.faults = [Fault("D", 0, 150, 60)]
        g = self.plant.node("gw-d", "D", role="gateway")
        g.add("gateway", "polls", 1)
        for i in range(20):
            d = self.plant.node(f"dev-{i + 1}", "AD"[i % 2], via="gw-d")
            d.add("power", "value", 100 + i, unit="W")

    def drive(self, t):
        self.plant.nodes["gw-d"].up = not 0 <= t < 150


class Storm(Scenario):
    name = "838 alerts in a minute"
    facts = {"a zone in the subject": r"\A[^\n]*Zone [A-D]", "how many": r"(?i)\d+ (more|alerts|others)|:\d\d+\]",
             "what to do": r"(?i)make room"}

    def build(self):
        self.faults = [Fault(z, 0, 120, 60) for z in "ABCD"]
        self.disks = []
        for zone in "ABCD":
            for n in self.servers(zone, 10):
                n.disks = [n.add("filesystem", "used_percent", 40, f"disk{i}", "%") for i in range(21)]
                self.disks += n.disks
        self.disks = self.disks[:838]

    def drive(self, t):
        for i, d in enumerate(self.disks):
            bad = 40.0 * (i * 7919 % 838) / 838 <= t < 120
            d.value = 99 if bad else 40


class Outage(Scenario):
    """The relay is away for 6.5 minutes (longer than group_interval); one fault begins and ends
    meanwhile, another lasts beyond it."""

    name = "relay outage"
    relay = (0, 390)
    facts = {"zone in the subject": r"\A[^\n]*Zone B", "the unit in the subject": r"\A[^\n]*cool-b"}

    def build(self):
        self.faults = [Fault("A", 10, 100, 60), Fault("B", 240, 480, 60)]
        for zone in "AB":
            self.servers(zone, 3)
            self.cooling(zone)

    def drive(self, t):
        for f in self.faults:
            n = self.plant.nodes[f"cool-{f.zone.lower()}"]
            n.mode.value, n.fan.value = (2, 0) if f.begin <= t < f.end else (1, 60)


SCENARIOS = {"cooling": Cooling, "battery": Battery, "flapping": Flapping, "gateway": Gateway,
             "storm": Storm, "outage": Outage, "restart": Restart}


class Told:
    """A mail as the comparison reads it."""

    def __init__(self, t, m):
        self.t, self.subject, self.id = t, str(m["Subject"]), m["Message-ID"]
        part = m.get_body(("plain",))
        self.text = self.subject + "\n" + (part.get_content() if part else "")
        self.zone = m["X-Zonewatch-Zone"] or re.search(r"Zone (\w+)", self.subject)[1]
        self.end = self.subject.startswith("[RESOLVED")
        # zonewatch's one mail after an outage names the zones; what is over is told as over.
        self.over = set(re.findall(r"^- Zone (\w+) [^\n]*; over;", self.text, re.M))
        self.digest = bool(self.over) and "in one mail" in self.subject
        self.bytes = len(m.as_bytes())
        self.shape = re.sub(r"since \S+|from \S+|to \S+|[\d.,:+-]+", "", self.text)


def judge(s, mails, start):
    """The answers to the same questions for either side, in words."""
    told = [Told(t - start, m) for t, m in mails]
    row = {"mails": len(told), "first": [], "missing": [], "wrong": [], "stale": [], "twice": []}
    for f in s.faults:
        mine = [m for m in told if (m.zone == f.zone or f.zone in m.over) and m.t >= f.begin]
        opening = [m for m in mine if not m.end and f.zone not in m.over]
        ends = [m for m in mine if m.end or f.zone in m.over]
        if opening:
            row["first"].append(opening[0].t - f.begin)
        else:
            row["missing"].append(f"zone {f.zone}: " + ("told only as over" if ends else "never told of"))
        if mine and not ends:
            row["missing"].append(f"zone {f.zone}: its end")
        for m in opening:
            if m.t > f.end + f.grace:
                row["stale"].append(f"zone {f.zone}: as lasting, {m.t - f.end:.0f} s after its end")
        for m in ends:
            if m.t < f.end:
                row["wrong"].append(f"zone {f.zone}: as over, while it lasted")
    zones = {f.zone for f in s.faults}
    for i, m in enumerate(told):
        if (m.zone not in zones and not m.digest) or m.t < 0:
            row["wrong"].append(f"a mail of zone {m.zone}, where nothing was wrong: {m.subject}")
        before = [x for x in told[:i] if x.zone == m.zone]
        if any(x.id and x.id == m.id for x in told[:i]) or (before and before[-1].shape == m.shape):
            row["twice"].append(f"zone {m.zone}: {m.subject}")
    last = s.faults[-1].zone
    opening = next((m for m in told if not m.end and m.zone == last), None)
    lacks = [k for k, p in s.facts.items() if opening is None or not re.search(p, opening.text)]
    row["lacks"] = lacks
    row["bytes"] = sum(m.bytes for m in told)
    return row, told


async def relay_and_kills(s, sides, t, done):
    """What the scenario does to the relay and to the programs at this moment."""
    for number, at in enumerate(s.kills):
        if t >= at and ("kill", number) not in done:
            done.add(("kill", number))
            for side in sides:
                for d in side.daemons:
                    d.kill()
        if t >= at + 3 and ("start", number) not in done:
            done.add(("start", number))
            for side in sides:
                for d in side.daemons:
                    d.start()
    for number, (at, act) in enumerate(zip(s.relay or (), ("down", "up"))):
        if t >= at and ("relay", number) not in done:
            done.add(("relay", number))
            for side in sides:
                await getattr(side.sink, act)()


def all_told(s, sides, start):
    """Whether both sides have mailed the end of everything."""
    for side in sides:
        ended = {Told(t - start, m).zone for t, m in side.sink.mails
                 if str(m["Subject"]).startswith("[RESOLVED")}
        for t, m in side.sink.mails:
            ended |= Told(t - start, m).over
        if not {f.zone for f in s.faults} <= ended:
            return False
    return True


async def play(s, build, path, pki, limit):
    """One scenario, from start to end; both sides, and when it began."""
    for d in ("z", "p"):
        (path / d).mkdir(parents=True)
    z, p = Zonewatch(build, path / "z", pki, s.plant), Prometheus(path / "p", s.plant)
    sides, done = (z, p), set()
    try:
        await p.serve()
        for side in sides:
            await side.sink.up()
        await asyncio.sleep(3)
        start = time.time() + WARM
        quiet = max(f.end + f.grace for f in s.faults)
        while (t := time.time() - start) < limit:
            s.drive(t)
            await relay_and_kills(s, sides, t, done)
            z.say()
            if t > quiet and all_told(s, sides, start):
                break
            await asyncio.sleep(STEP - (time.time() - start) % STEP)
        await asyncio.sleep(10)
    finally:
        for side in sides:
            for d in side.daemons:
                d.stop()
    return sides, start


def show(s, side, row):
    first = f"{min(row['first']):.1f}" if row["first"] else "-"
    last = f" to {max(row['first']):.1f}" if len(row["first"]) > 1 else ""
    print(f"{s.name:24}{side:12}{row['mails']:6}{row['bytes'] / 1024:9.0f}   {first + last:14}"
          f"{len(s.facts) - len(row['lacks'])} of {len(s.facts)}  {len(row['missing']):7}"
          f"{len(row['wrong']):7}{len(row['stale']):7}{len(row['twice']):7}")


def report(results, keep):
    print(f"\n{'':24}{'':12}{'mails':>6}{'KiB':>9}   {'first, s':14}{'facts':8}{'missing':>7}{'wrong':>7}"
          f"{'stale':>7}{'twice':>7}")
    notes = []
    for s, sides, start in results:
        for side in sides:
            row, told = judge(s, side.sink.mails, start)
            show(s, side.name, row)
            for what in ("lacks", "missing", "wrong", "stale", "twice"):
                notes += [f"{s.name}, {side.name}: {what}: {x}" for x in row[what]]
            if keep:
                text = "".join(f"{'=' * 70} at {m.t:.1f} s\n{m.text}\n" for m in told)
                (keep / f"{s.name.replace(' ', '-')}.{side.name}.txt").write_text(text)
    print("\n" + "\n".join(notes))


async def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("build", type=pathlib.Path)
    ap.add_argument("what", nargs="*", default=[], help=", ".join(SCENARIOS))
    ap.add_argument("--limit", type=float, default=800)
    ap.add_argument("--keep", type=pathlib.Path, help="all mails as text, to read them")
    a = ap.parse_args()
    scenarios = [SCENARIOS[w]() for w in a.what or SCENARIOS]
    path = pathlib.Path(tempfile.mkdtemp(prefix="zwbench"))
    if a.keep:
        a.keep.mkdir(parents=True, exist_ok=True)
    try:
        make_pki(path / "pki", [s.plant for s in scenarios])
        played = await asyncio.gather(*(
            play(s, a.build.resolve(), path / f"s{i}", path / "pki", a.limit)
            for i, s in enumerate(scenarios)))
        report([(s, sides, start) for s, (sides, start) in zip(scenarios, played)], a.keep)
    finally:
        if a.keep:
            for log in path.glob("s*/*/*.log"):
                shutil.copy(log, a.keep / ("-".join(log.relative_to(path).parts)))
        shutil.rmtree(path, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
