# SPDX-License-Identifier: GPL-3.0-or-later
"""What people do while the collector is broken: silences, remarks, acknowledgements, tokens,
accounts, invitations and revocations of agents, one after the other, as fast as they are answered. What was answered as done must be there
whatever happened afterwards. And the campaign that kills the collector under their hands, while
incidents open and are mailed."""

import collections
import json
import sqlite3
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

import reference
from campaign import campaign, dice
from conftest import wait_for

EACH = 5  # acts of a kind in one life of the collector, at most: there is room for 1024 silences


class Acts:
    """Somebody who acts until told to stop; `done` has what was answered as done."""

    def __init__(self, rig, most=900):
        self.rig, self.most, self.n = rig, most, 0
        self.done = collections.defaultdict(set)
        self.tried = collections.defaultdict(set)
        self.state = {}  # incident -> whether it is acknowledged, None: either
        self.invited = {}  # node -> when its latest invitation ends, None: it was not answered
        rig.more_conf += '\nenroll = { ca_key = "pki/ca.key"; };'

    def post(self, path, **form):
        r = urllib.request.Request(
            f"http://127.0.0.1:{self.rig.web_port}/api/v1/{path}", method="POST",
            data=urllib.parse.urlencode({"author": "campaign", **form}).encode(),
            headers={"Authorization": f"Bearer {self.rig.token}",
                     "Content-Type": "application/x-www-form-urlencoded"})
        with urllib.request.urlopen(r, timeout=5) as a:
            return a.status, a.read()

    def act(self, kind, what, path, **form):
        """One act; False: there was no answer."""
        self.tried[kind].add(what)
        try:
            status, _ = self.post(path, **form)
            assert status in (200, 201), status
            self.done[kind].add(what)
            return True
        except urllib.error.HTTPError as e:
            if e.code == 503:  # "cannot be written to disk": it does not say that it is done
                return False
            raise AssertionError(f"{path} {form}: {e.code} {e.read()[:300]!r}") from e
        except (OSError, ConnectionError):
            return False

    def toggle(self, incident):
        """Acknowledge it, or take that back; what is unanswered may be either."""
        known = self.state.get(incident, False)
        want = not known
        self.state[incident] = None
        try:
            self.post(f"incidents/{incident}/{'acknowledge' if want else 'unacknowledge'}")
        except urllib.error.HTTPError as e:
            if e.code == 503:
                return False
            if e.code != 409:  # it is so already: the act without an answer was done
                raise AssertionError(f"{incident}: {e.code} {e.read()[:300]!r}") from e
        except (OSError, ConnectionError):
            return False
        self.state[incident] = want
        return True

    def invite(self, k):
        """Invite a node, whose invitation before ends by that."""
        node = sorted(self.rig.nodes)[self.n % len(self.rig.nodes)]
        self.invited[node] = None
        try:
            _, text = self.post("agents/invite", node=node, collector="localhost:1")
        except urllib.error.HTTPError as e:
            if e.code == 503:
                return False
            raise AssertionError(f"{node}: {e.code} {e.read()[:300]!r}") from e
        except (OSError, ConnectionError):
            return False
        self.invited[node] = json.loads(text)["ends_ms"]
        self.done["invitations"].add(k)
        return True

    def first_incident(self):
        """The number of the oldest one that is open, in a list; or nothing."""
        try:
            return sorted(i["id"] for i in self.rig.api("incidents")["incidents"])[:1]
        except (OSError, ConnectionError, ValueError):
            return []

    def life(self, stop):
        """Acts in one life of the collector, until it is no more or all is done."""
        while not stop.is_set():
            try:
                if self.rig.api("health")["status"] == "ok":
                    break
            except (OSError, ConnectionError, ValueError, AssertionError):
                stop.wait(0.01)
        for _ in range(EACH):
            if stop.is_set() or self.n >= self.most:
                return
            self.n += 1
            k = f"k{self.n}"
            if not (self.act("silences", k, "silences", node=f"nobody-{k}", reason=k, **{"for": "2h"})
                    and self.act("tokens", k, "tokens", name=k, role="viewer", ends="90d")
                    and self.act("users", "k" + k, "users", name="k" + k, role="viewer")
                    and self.act("revocations", k, "agents/revoke", node=k) and self.invite(k)):
                return
            for i in self.first_incident():
                if not (self.act("comments", f"{i}/{k}", f"incidents/{i}/comment", comment=k)
                        and self.toggle(i)):
                    return

    def begin(self):
        """life() beside; returns what ends it."""
        stop = threading.Event()
        box = []

        def run():
            try:
                self.life(stop)
            except BaseException as e:
                box.append(e)

        thread = threading.Thread(target=run, daemon=True)
        thread.start()

        def end():
            stop.set()
            thread.join(30)
            assert not thread.is_alive(), "an act hangs"
            if box:
                raise box[0]

        return end

    def check(self):
        """All that was answered as done is there, and nothing that nobody asked for."""
        db = sqlite3.connect(f"file:{self.rig.dir}/state/history.db?mode=ro", uri=True)
        register = json.loads((self.rig.dir / "state" / "agents.json").read_text())
        agents = {a["node"]: a for a in self.rig.api("agents")["agents"]}
        there = {
            "revocations": {c["node"] for c in register["closed"]},  # more than the API lists
            "silences": {s["reason"] for s in self.rig.api("silences")["silences"]},
            "tokens": {t["name"] for t in self.rig.api("tokens")["tokens"]},
            "users": {u["name"] for u in self.rig.api("users")["users"]},
        }
        for kind in there:
            lost = self.done[kind] - there[kind]
            assert not lost, f"{kind} that were answered as done are lost: {sorted(lost)[:10]}"
            more = {x for x in there[kind] if x.startswith("k")} - self.tried[kind]
            assert not more, f"{kind} that nobody made: {sorted(more)[:10]}"
        for i in {c.split("/")[0] for c in self.done["comments"]}:
            text = json.dumps(self.rig.api(f"incidents/{i}"))
            lost = {c for c in self.done["comments"]
                    if c.startswith(f"{i}/") and f'"{c.split("/")[1]}"' not in text}
            assert not lost, f"remarks that were answered as done are lost: {sorted(lost)[:10]}"
        for node, ends_ms in self.invited.items():
            got = agents[node]["invitation"]
            assert ends_ms is None or (got and got["ends_ms"] == ends_ms), \
                f"the invitation of {node} that was answered is lost: {got}, not {ends_ms}"
        listed = {i["id"]: i for i in self.rig.api("incidents")["incidents"]}
        for i, want in self.state.items():
            assert want is None or (listed[i]["acknowledged"] is not None) == want, \
                f"incident {i}: acknowledged is not {want}"
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        db.close()
        return sum(map(len, self.done.values()))

    def said(self):
        return ", ".join(f"{len(v)} {k}" for k, v in sorted(self.done.items()))


RULE = """  {{ name = "up-{0}"; kind = "threshold"; title = "Up for long"; nodes = [ "{0}" ];
    source = "uptime"; field = "uptime"; above = {1}.0; severity = "warning"; }}"""


def open_slowly(rig, nodes, gap):
    """Rules by which each node, which is the only one of its zone, has an incident, the next `gap`
    seconds after the one before: its uptime passes a limit."""
    c = rig.collector()
    sim = rig.sim("--eager")
    wait_for("values", 150, lambda: len([
        1 for s in rig.api("series?source=uptime")["series"]]) == len(nodes))
    time.sleep(3)
    rig.flush()
    now = int(time.time())
    rows = {n: rig.fetch(n, "uptime", now - 60, now) for n in nodes}
    limits = {n: max(r["uptime"] - t for t, r in rows[n].items()) for n in nodes}
    first = time.time() + 4
    rig.rules = ",\n".join(RULE.format(n, int(limits[n] + first + i * gap))
                           for i, n in enumerate(nodes))
    assert c.stop(60) == 0
    rig.daemons.remove(c)
    return sim


@campaign("kill-acts", short=6, long=200, build="release", seconds=(90, 5400))
def kill_acts(rig, n, seed):
    """SIGKILL of the collector n times while people act and incidents open: nothing that was answered
    as done is lost, every incident is mailed, and at most one mail a kill comes twice."""
    d = dice(seed, "kill-acts")
    nodes = [f"n{i}" for i in range(max(6, min(60, n // 2)))]
    rig.zones = [f"Z{i}" for i in range(len(nodes))]
    for i, name in enumerate(nodes):
        rig.nodes[name] = f"Z{i}"
    rig.pki("nodes", *nodes)
    rig.mail = f"""transport = "maildir:{rig.dir}/mail"; from = "zonewatch@dc.example";
        recipients = ( {{ address = "it@ministry.example"; budget = 1000; }} );"""
    gap = 1.4 * n / len(nodes)
    sim = open_slowly(rig, nodes, gap)
    acts = Acts(rig)
    c = rig.collector(wait=False)
    for _ in range(n):
        end = acts.begin()
        time.sleep(d.uniform(0.05, 0.5) if d.random() < 0.4 else d.uniform(0.4, 2))
        assert c.alive(), f"seed {seed}: {c.text()[-2000:]}"
        c.kill()
        end()
        rig.daemons.remove(c)
        c = rig.collector(wait=False)
    rig.wait_collector()
    zones = set(rig.zones)
    wait_for("mail for each incident", 60 + gap * len(nodes), lambda:
             {m["X-Zonewatch-Zone"] for m in rig.mails()} >= zones)
    time.sleep(1)
    assert sim.stop(60) == 0
    total = acts.check()
    ids = collections.Counter(m["Message-ID"] for m in rig.mails())
    twice = sum(ids.values()) - len(ids)
    assert twice <= n, f"seed {seed}: {twice} mails came twice in {n} kills"
    assert max(ids.values()) <= 3, ids.most_common(3)
    incidents = rig.api("incidents")["incidents"]
    assert sorted(i["zone"] for i in incidents) == sorted(zones), "an incident was opened twice"
    figures = reference.check(rig)
    return (f"{n} kills, {total} acts answered as done ({acts.said()}), 0 lost; {len(nodes)} "
            f"incidents, {len(ids)} mails, 0 lost, {twice} twice; {reference.said(figures)}")
