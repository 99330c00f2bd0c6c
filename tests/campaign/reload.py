# SPDX-License-Identifier: GPL-3.0-or-later
"""SIGHUP at random moments, with right, wrong, half-written and huge configurations, kill -9 mixed
in, while simulated servers deliver and catch up. Compared: which configuration is in force after
each (by the API), that an error names its file and line, that nobody's connection was refused, and
at the end the bytes of all RRDs with what a clean librrd makes of what was acknowledged."""

import os
import re
import signal
import socket
import subprocess
import threading
import time

import reference
from campaign import campaign, dice, percentile
from conftest import BUILD, wait_for

NODES = 6
ENDS = re.compile(r"not reloaded|nothing changed|nobody was disconnected|collector: ready:")


class Knocking(threading.Thread):
    """Knocks at both doors all the time: refusals, and how long the page was silent at most."""

    def __init__(self, rig):
        super().__init__(daemon=True)
        self.ports = {"agents": rig.agent_port, "page": rig.web_port}
        self.token, self.over = rig.token, False
        self.paused = threading.Event()  # the collector is dead by our hand
        self.refused, self.silent = [], []
        self.start()

    def run(self):
        while not self.over:
            began = time.monotonic()
            dead = self.paused.is_set()
            try:
                socket.create_connection(("127.0.0.1", self.ports["agents"]), 5).close()
                self.ask()
                if not dead and not self.paused.is_set():
                    self.silent.append(time.monotonic() - began)
            except ConnectionRefusedError as e:
                if not dead and not self.paused.is_set():
                    self.refused.append(str(e))
            except OSError:
                pass  # it was being answered when the process began anew
            time.sleep(0.02)

    def ask(self):
        """One answer; who is cut off asks again, as a browser does."""
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", self.ports["page"]), 10) as s:
                s.sendall(f"GET /api/v1/site HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                          f"Authorization: Bearer {self.token}\r\n\r\n".encode())
                if s.recv(15).startswith(b"HTTP/1.1 200"):
                    return


class Centre:
    """The rig with its configuration in two states: what the file says and what is in force."""

    def __init__(self, rig, d):
        self.rig, self.d = rig, d
        rig.node(*[f"n{i}" for i in range(NODES)])
        rig.store = 'flush = "1s"; checkpoint = "1s";'
        self.above, self.daily, self.extra = 27.0, 0, []
        self.counts = {}
        self.path = rig.dir / "collector.conf"

    def write(self):
        r = self.rig
        r.rules = (f'  {{ name = "probe"; kind = "threshold"; source = "cpu"; instance = "total"; '
                   f'field = "busy"; above = {self.above:.1f}; }}')
        r.mail = (f'transport = "maildir:{r.dir}/mail"; recipients = '
                  f'( {{ address = "duty{self.daily}@dc.example"; }} );')
        r.more_conf = "".join(f'maintenance = ( {{ when = "Sun 0{self.daily % 9}:00-09:30"; '
                              'reason = "Test"; } );')
        known = dict(r.nodes)
        r.nodes.update({n: "B" for n in self.extra})
        r.write_conf()
        r.nodes = known

    def force(self):
        """What is in force, by the API."""
        rules = wait_for("the rule", 20, lambda: [x["limits"]["above"] for x in self.rig.api(
            "rules?node=n0")["rules"]])
        nodes = sorted(n["name"] for n in self.rig.api("nodes")["nodes"] if n["kind"] != "summary")
        return rules, nodes

    def hup(self, times=1):
        """SIGHUP; what the log says of it from then on."""
        c, seen = self.rig.c, len(self.rig.c.text())
        for _ in range(times):
            os.kill(c.pid, signal.SIGHUP)
        wait_for("the reload's end", 40, lambda: ENDS.search(c.text()[seen:]) or not c.alive())
        assert c.alive(), f"the collector ended:\n{c.text()[-3000:]}"
        return c.text()[seen:]

    # --- steps --------------------------------------------------------------------------------

    def right_live(self):
        self.daily += 1
        self.write()
        said = self.hup()
        assert "nobody was disconnected" in said, said
        assert f"[duty{self.daily}@dc.example via mail]: added" in said, said

    def right_anew(self):
        old, self.above = self.above, self.above + 1
        if self.d.random() < 0.5:
            self.extra = [] if self.extra else [f"x{self.d.randrange(99)}"]
        self.write()
        said = self.hup()
        assert f"rules[probe].above: {old:g} -> {self.above:g}" in said, said
        assert "collector: ready:" in said, said
        assert set(self.force()[0]) == {self.above}
        for n in self.extra:
            wait_for(n, 10, lambda: n in self.force()[1])

    def nothing(self):
        self.write()
        said = self.hup()
        assert "nothing changed" in said, said

    def refused(self, where, times=1):
        """It is refused, and says where; the old stays."""
        before, pid = self.force(), self.rig.c.pid
        said = self.hup(times)
        assert "not reloaded" in said and where in said, f"{where!r} is not in:\n{said[-2000:]}"
        now = self.force(), self.rig.c.pid
        assert now == (before, pid), f"{now} after {before, pid}"
        assert self.rig.api("status")["configuration"]["refused_ms"], "not told by the API"
        self.write()

    def wrong_key(self):
        """One key of all that there are, wrong in one of the ways of F21."""
        text = subprocess.run([BUILD / "zonewatch-collector", "-D", "-c", self.path], text=True,
                              capture_output=True, check=True).stdout.splitlines()
        rows = [i for i, line in enumerate(text) if re.match(r"\t*[a-z_]+ = [^(]*;$", line)]
        i = self.d.choice(rows)
        tabs, key, value = re.match(r"(\t*)([a-z_]+) = (.*);", text[i]).groups()
        way = self.d.choice(["type", "range", "twice", "unknown", "syntax"])
        text[i] = {"type": f"{tabs}{key} = ( ( 1 ) );", "range": f"{tabs}{key} = -1e300;",
                   "twice": f"{text[i]} {key} = {value};", "unknown": f"{tabs}{key}x = {value};",
                   "syntax": f"{tabs}{key} = = {value};"}[way]
        self.path.write_text("\n".join(text) + "\n")
        self.refused(f"collector.conf:{i + 1}: ")

    def half_written(self):
        text = self.path.read_text()
        cut = self.d.randrange(len(text) // 2, text.rindex(");"))
        self.path.write_text(text[:cut])
        self.refused("collector.conf:")

    def include_loop(self):
        text = self.path.read_text()
        self.path.write_text('@include "collector.conf"\n' + text)
        self.refused("collector.conf:")

    def huge(self):
        self.path.write_text(self.path.read_text() + "# " + "x" * 10_000_000 + "\n")
        self.refused("collector.conf")

    def burst(self):
        """Many at once, and some while it loads, with a right one: no more than a few reloads."""
        self.daily += 1
        self.write()
        said = self.hup(20)
        assert "nobody was disconnected" in said or "nothing changed" in said, said
        time.sleep(1)

    def cannot_start(self, knocking):
        """All is right but for what is only seen at the start: the last one comes back."""
        before = self.force()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            port, self.rig.web_port = self.rig.web_port, s.getsockname()[1]
            self.write()
            self.rig.web_port = port
            said = self.hup()
            wait_for("the old one", 30, lambda: "the old configuration goes on" in self.rig.c.text())
            wait_for("answers", 30, lambda: self.rig.api("health")["status"] == "ok")
        assert self.force() == before and "cannot listen" in self.rig.c.text(), said
        self.write()
        self.hup()

    def killed(self, knocking):
        """Killed at some moment of a reload that begins anew, and started by somebody else."""
        self.above += 1
        self.write()
        knocking.paused.set()
        os.kill(self.rig.c.pid, signal.SIGHUP)
        time.sleep(self.d.uniform(0, 0.6))
        self.rig.c.kill()
        self.rig.daemons.remove(self.rig.c)
        self.rig.c = self.rig.start("collector", BUILD / "zonewatch-collector", "-f", "-c", self.path)
        self.rig.wait_collector()
        knocking.paused.clear()

    def step(self, knocking, kind):
        self.counts[kind] = self.counts.get(kind, 0) + 1
        f = getattr(self, kind)
        f(knocking) if kind in ("killed", "cannot_start") else f()


def gaps(rig):
    """The longest time between two acknowledgements to each simulated server."""
    last, longest = {}, 0.0
    for t, sent, node, _, _, _ in reference.frames(rig.dir / "oracle.frames", {6}):
        if not sent:
            longest = max(longest, t - last.get(node, t))
            last[node] = t
    return longest


@campaign("reload", short=12, long=300, build="release", seconds=(90, 5400))
def reload(rig, n, seed):
    """n reloads at random moments with right, wrong, half-written and huge configurations and kill
    -9 between: what is in force is what was right last, RRDs are byte-equal to the reference."""
    d = dice(seed, "reload")
    centre = Centre(rig, d)
    centre.write()
    c = rig.start("collector", BUILD / "zonewatch-collector", "-f", "-c", centre.path)
    rig.c = c
    rig.wait_collector()
    sim = rig.sim("--since", int(time.time() - 300), "--pace", 10, "--eager")
    knocking = Knocking(rig)
    usual = ["right_live", "right_anew", "wrong_key", "wrong_key", "half_written", "nothing"]
    kinds = ["right_live", "right_anew", "wrong_key", "include_loop", "huge", "burst",
             "cannot_start", "killed", "half_written", "nothing"]
    loop = []
    for i in range(n):
        time.sleep(d.uniform(0, 0.7))
        try:
            centre.step(knocking, kinds[i] if i < len(kinds) else d.choice(usual + kinds))
        except AssertionError as e:
            raise AssertionError(f"seed {seed}, step {i}, {centre.counts}: {e}") from e
        loop.append(rig.api("status")["loop"]["longest_ms"])
    knocking.over = True
    centre.extra = []
    centre.write()
    centre.hup()
    wait_for("connections", 60, lambda: all(x["connected"] for x in rig.api("nodes")["nodes"]
                                            if x["name"] in rig.nodes))
    time.sleep(2)
    assert sim.stop(60) == 0, sim.text()[-2000:]
    figures = reference.check(rig)
    assert not knocking.refused, f"seed {seed}: {len(knocking.refused)} connections were refused"
    return (f"{n} reloads ({', '.join(f'{v} {k}' for k, v in sorted(centre.counts.items()))}), "
            f"{reference.said(figures)}, 0 refused; longest silence: {gaps(rig):.2f} s for an agent "
            f"(kills among them), {max(knocking.silent):.2f} s for a page (99 %: "
            f"{percentile(knocking.silent, 99):.2f} s); longest turn {max(loop):.0f} ms")
