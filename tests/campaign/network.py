# SPDX-License-Identifier: GPL-3.0-or-later
"""Bad networks. Each group of agents has its own, all at once, before one collector; afterwards, on
a good network, what the simulators' oracles say was acknowledged is compared with the RRDs, sample by
sample, and everything that was measured must have been acknowledged."""

import contextlib
import ctypes
import json
import os
import pathlib
import resource
import signal
import subprocess
import time

import reference
import wire
from campaign import Skip, campaign, dice, percentile
from chaos import Chaos
from conftest import BUILD, Rig, wait_for

CLONE_NEWNET = 0x40000000
IDLE_S = 25  # after so long without a byte both sides give a connection up


class Group:
    """Some agents in a simulator of their own, and the way to the collector."""

    def __init__(self, rig, name, nodes, port, *more, zone="A"):
        self.name, self.nodes = name, nodes
        self.file = rig.dir / f"oracle-{name}"
        self.state = rig.dir / f"sim-{name}"
        self.d = rig.start(f"sim-{name}", BUILD / "zonewatch-sim", "--collector",
                           f"127.0.0.1:{port}", "--pki", rig.dir / "pki", "--state", self.state,
                           "--step", 1, "--oracle", self.file, *more, f"{zone}:{','.join(nodes)}")

    def oracle(self, rig):
        """As Rig.oracle(), of this group."""
        view = Rig.__new__(Rig)
        view.dir = rig.dir / f"view-{self.name}"
        view.dir.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (view.dir / "oracle").symlink_to(self.file)
        return Rig.oracle(view)


def counter(rig, name):
    for line in rig.request("/metrics")[2].decode().splitlines():
        if line.startswith(name + " "):
            return float(line.split()[1])
    raise AssertionError(f"no {name} in /metrics")


def connected(rig, names=None):
    nodes = rig.api("nodes")["nodes"]
    return [n for n in nodes if n["connected"] and (names is None or n["name"] in names)]


def drained(rig, groups, seconds):
    """Everything that was measured until some seconds ago is acknowledged."""
    def probe():
        for g in groups:
            acked, sent = {}, {}
            for line in g.file.read_text(errors="replace").splitlines()[:-1]:
                w = line.split()
                if line[:2] == "A " and len(w) >= 3:
                    acked[w[1]] = int(w[2])
                elif line[:2] == "S " and len(w) > 3:
                    sent.setdefault(w[1], []).append((int(w[3]), int(w[2])))
            for node in g.nodes:
                old = [seq for t, seq in sent.get(node, []) if t < time.time() - 3]
                if not old or acked.get(node, 0) < old[-1]:
                    return False
        return True
    wait_for("acknowledgement of everything", seconds, probe)


def settle(rig, groups, names):
    """A good network until all is acknowledged; then the simulators end and the RRDs are written."""
    wait_for("all connected", 75, lambda: len(connected(rig, names)) == len(names))
    drained(rig, groups, 60)
    for g in groups:
        os.kill(g.d.pid, signal.SIGTERM)
    for g in groups:
        assert g.d.process.wait(30) == 0
    rig.flush()


def check_all(rig, groups):
    """What was acknowledged is in the RRDs, once, byte by byte; what was measured was acknowledged
    but for the last seconds. The figures."""
    for g in groups:
        acked, sent = g.oracle(rig)
        last = max(s[2] for s in sent)
        done = {(s[0], s[1]) for s in acked}
        lost = sorted({(s[0], s[2]) for s in sent if (s[0], s[1]) not in done and s[2] < last - 5})
        assert not lost, f"measured, and never acknowledged: {lost[:5]} of {len(lost)}"
    with open(rig.dir / "oracle.frames", "wb") as out:
        for g in groups:
            out.write(pathlib.Path(f"{g.file}.frames").read_bytes())
    return reference.said(reference.check(rig))


def deliver_twice(rig, node):
    """An agent sends each record two times, and after a new beginning all of them again, under
    other values: the first alone count. How many came again."""
    stream, t0 = os.urandom(16), int(time.time()) - 30
    for turn in range(2):
        a = wire.Agent(rig, node, greet=False)
        a.send(wire.hello(stream))
        assert a.receive()[0] == wire.WELCOME
        a.send(wire.define(1, "probe"))
        for i in range(20):
            for _ in range(2):
                a.send(wire.batch(i + 1, t0 + i, 1, [10.0 + i + 100 * turn]))
        wait_for("acknowledgement", 10, lambda: a.receive()[0] == wire.ACK)
        time.sleep(0.5)
        a.close()
    rig.flush()
    rows = rig.fetch(node, "probe", t0 - 2, t0 + 21)
    assert rows == {t0 + i: {"v": 10.0 + i} for i in range(20)}, rows
    again = counter(rig, "zonewatch_intake_duplicates_total")
    assert again == 60, again
    return int(again)


def bad_hours(ways, seconds, rolls):
    """Let the networks be bad for so long; what happens again and again happens here: how often."""
    end, turn = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        turn += 1
        acks = ways["acks"]
        time.sleep(rolls.uniform(0.5, 1.5))
        acks.deaf = True  # acknowledgements leave the collector and never arrive
        time.sleep(rolls.uniform(0.3, 2.2))
        acks.cut()
        acks.deaf = False
        if turn == 1 or (turn % 12 == 0 and end - time.monotonic() > IDLE_S + 5):
            ways["half"].vanish()
        ways["hole"].hole = 2 <= turn % 8 <= 5
    return turn


@campaign("network", short=8, long=900, seconds=(150, 3600))
def network(rig, seconds, seed):
    """2 s of latency each way, 64 kbit/s, resets each k bytes, peers that vanish without a word,
    black holes, acknowledgements that are lost after they were sent, for so many seconds, all at
    once."""
    names = ["latency", "slow", "resets", "half", "hole", "acks"]
    nodes = {n: [f"{n}{i}" for i in range(2)] for n in names}
    rig.node("twice", *[x for ns in nodes.values() for x in ns])
    rig.store = 'flush = "2s"; checkpoint = "1s";'
    c = rig.collector()
    with contextlib.ExitStack() as stack:
        ways = {n: stack.enter_context(Chaos(rig.agent_port, f"{seed}/{n}")) for n in names}
        ways["latency"].delay = 2.0
        ways["slow"].rate = 8000
        ways["resets"].reset_bytes = (3000, 20000)
        groups = [Group(rig, n, nodes[n], ways[n].port) for n in names]
        wait_for("all connected", 40, lambda: len(connected(rig)) == 12)
        unheard = bad_hours(ways, seconds, dice(seed, "network"))
        for w in ways.values():
            w.clear()
        ways["latency"].cut()
        settle(rig, groups, [x for ns in nodes.values() for x in ns])
        figures = check_all(rig, groups)
        cuts, tries = ways["resets"].resets, sum(w.connections for w in ways.values())
    assert cuts > 0 and "damage" not in c.text()
    again = deliver_twice(rig, "twice")
    return (f"{seconds} s, {tries} connections, {cuts} resets, {unheard} times acknowledgements "
            f"lost, {again} records twice; {figures}")


@campaign("black-hole", short=None, long=1800, seconds=(60, 2400))
def black_hole(rig, seconds):
    """For half an hour nothing passes and nobody is told: what waited is there afterwards."""
    rig.node("h1", "h2", "h3")
    rig.store = 'flush = "2s"; checkpoint = "1s";'
    rig.collector()
    with Chaos(rig.agent_port) as way:
        groups = [Group(rig, "hole", ["h1", "h2", "h3"], way.port)]
        wait_for("all connected", 40, lambda: len(connected(rig)) == 3)
        time.sleep(3)
        way.hole = True
        time.sleep(seconds)
        assert not connected(rig), "the collector takes a dead connection for one"
        way.hole = False
        way.cut()
        began = time.monotonic()
        settle(rig, groups, ["h1", "h2", "h3"])
        took = time.monotonic() - began
        figures = check_all(rig, groups)
    return (f"{seconds} s of silence, all there {took:.0f} s after it; {figures}")


def lossy(port, percent):
    """A network of this process's own that loses so many of a hundred packets of the agents'."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        raise Skip("a network namespace is not permitted here")
    rules = f"""table inet lossy {{
 chain in {{
  type filter hook input priority 0;
  tcp dport {port} numgen random mod 100 < {percent} counter drop
  tcp sport {port} numgen random mod 100 < {percent} counter drop
 }}
}}
"""
    try:
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True, capture_output=True)
        subprocess.run(["nft", "-f", "-"], input=rules, text=True, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as e:
        raise Skip(f"no nftables here: {getattr(e, 'stderr', e)}") from e


def dropped():
    told = json.loads(subprocess.run(["nft", "-j", "list", "ruleset"], check=True, text=True,
                                     capture_output=True).stdout)
    return sum(x["counter"]["packets"] for r in told["nftables"] if "rule" in r
               for x in r["rule"]["expr"] if "counter" in x)


@campaign("packet-loss", short=12, long=600, root=True, seconds=(90, 1500))
def packet_loss(rig, seconds):
    """Every fifth packet is lost, in a network namespace of its own."""
    if os.geteuid() != 0:
        raise Skip("needs root: nftables in a network namespace")
    lossy(rig.agent_port, 20)
    nodes = ["l1", "l2", "l3", "l4"]
    rig.node(*nodes)
    rig.store = 'flush = "2s"; checkpoint = "1s";'
    rig.collector()
    groups = [Group(rig, "loss", nodes, rig.agent_port)]
    wait_for("all connected", 60, lambda: len(connected(rig)) == 4)
    wait_for("values of all", 30, lambda: all(rig.api(f"last?node={n}")["values"] for n in nodes))
    end = time.monotonic() + seconds
    seen, age = [], []
    while time.monotonic() < end:  # how late the newest value is, as people see it
        now = time.time()
        for n in nodes:
            age += [now - max(v["time_s"] for v in rig.api(f"last?node={n}")["values"])]
        seen.append(len(connected(rig)))
        time.sleep(0.5)
    lost = dropped()
    subprocess.run(["nft", "flush", "ruleset"], check=True)
    settle(rig, groups, nodes)
    figures = check_all(rig, groups)
    assert lost > 20, f"only {lost} packets were dropped"
    return (f"{seconds} s, {lost} packets lost; newest value {percentile(age, 50):.1f} s old, "
            f"{percentile(age, 99):.1f} s at the 99th percentile; {figures}")


def cpu_of(pid):
    """CPU seconds of a process and of its children that still run."""
    hz = os.sysconf("SC_CLK_TCK")

    def one(p):
        w = pathlib.Path(f"/proc/{p}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(w[11]) + int(w[12])) / hz

    kids = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    total = one(pid)
    for k in kids:
        with contextlib.suppress(OSError):
            total += one(k)
    return total


@campaign("reconnect", short=None, long=500, build="release", alone=True, seconds=(120, 900))
def reconnect(rig, count):
    """So many agents come back at once after a restart of the collector."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(65536, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),) * 2)
    names = [f"n{i:03}" for i in range(count)]
    rig.node(*names)
    rig.store = 'flush = "10s"; checkpoint = "10s";'
    rig.collector()
    # Four simulators: one process alone would be slower in shaking hands than 500 machines.
    groups = [Group(rig, f"g{k}", names[k::4], rig.agent_port) for k in range(4)]
    wait_for("all connected", 90, lambda: len(connected(rig)) == count)
    took, cpu, spread = [], [], []
    for how in ("kill", "stop", "kill"):
        time.sleep(8)
        getattr(rig.c, how)()
        rig.daemons.remove(rig.c)
        time.sleep(1)
        began = time.monotonic()
        rig.collector(wait=False)
        first = None
        while True:
            with contextlib.suppress(OSError):
                n = len(connected(rig))
                if n and first is None:
                    first = time.monotonic()
                if n == count:
                    break
            assert time.monotonic() - began < 60, f"{n} of {count} connected after 60 s"
            time.sleep(0.1)
        took.append(time.monotonic() - began)
        cpu.append(cpu_of(rig.c.pid))
        spread.append(time.monotonic() - first)
    settle(rig, groups, names)
    figures = check_all(rig, groups)
    assert max(took) < 10, f"all {count} connected only after {max(took):.1f} s"
    return (f"{count} agents, 3 restarts: all in within {', '.join(f'{t:.1f}' for t in took)} s "
            f"(of its start; from the first {', '.join(f'{t:.1f}' for t in spread)} s), CPU "
            f"{max(cpu):.1f} s; {figures}")
