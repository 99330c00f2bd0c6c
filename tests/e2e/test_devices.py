# SPDX-License-Identifier: GPL-3.0-or-later
"""The collector's side of a gateway, which is wire.py: states, traps, child devices, silence."""

import re
import time

from conftest import wait_for
from wire import STATE, Agent, batch, define, event, field

RULES = """
 { name = "silent"; kind = "no-data"; title = "No data"; severity = "critical"; after = "3s";
   after_reset = "2s"; },
 { name = "device-state-critical"; kind = "state"; title = "A device reports a critical state";
   severity = "critical"; }
"""
CHILDREN = 'children = ( { name = "probe-1*"; zone = "B"; title = "Cold aisle"; } %s );'
STATES = "0:3oon line;5con battery"


class Gateway(Agent):
    """Speaks for gw1, ups1 and ecc1; the series of the first probes are 10, 11..."""

    def __init__(self, rig, probes):
        super().__init__(rig, "gw1")
        self.seq, self.said = 0, 0
        self.probes = {10 + i: p for i, p in enumerate(probes)}
        self.send(define(1, "gateway"))
        self.send(define(2, "ups", fields=[field("output_source", kind=STATE)], node="ups1",
                         states=STATES))
        for number, probe in self.probes.items():
            self.send(define(number, "temperature", fields=[field("value", "Cel")],
                             node=f"ecc1.{probe}"))

    def say(self, source=3, ups=True, probes=True):
        """A moment's values, in seconds of their own."""
        self.said = max(self.said + 1, int(time.time()) - 1)
        rows = [(1, 1.0)] + [(2, float(source))] * ups
        rows += [(n, 21.5) for n in self.probes] * probes
        for number, value in rows:
            self.seq += 1
            self.send(batch(self.seq, self.said, number, [value]))

    def trap(self, words):
        self.seq += 1
        self.send(event(self.seq, words, severity=2, series=2, code="trap"))


def plant(rig, more=""):
    rig.nodes.update({"gw1": "A", "ups1": "A", "ecc1": "A"})
    rig.pki("node", "gw1", "ups1", "ecc1", "gone1")  # one that the configuration does not have
    rig.more = {"ups1": 'kind = "device";', "ecc1": 'kind = "device"; ' + CHILDREN % more}
    rig.rules = RULES
    rig.mail = 'transport = "maildir:%s/mail"; from = "zw@dc.example"; graph = false; ' \
               'recipients = ( { address = "it@dc.example"; } );' % rig.dir


def alerts(rig, **wanted):
    return [a for a in rig.api("alerts")["alerts"]
            if all(a[k] == v for k, v in wanted.items())]


def test_states_and_traps(rig):
    """A trap's state is an alert within a second, by its name everywhere; the event is kept."""
    plant(rig)
    c = rig.collector()
    gw = Gateway(rig, ["probe-11"])
    assert "gone1" in c.text() and "left out" in c.text()
    gw.say()
    wait_for("values", 5, lambda: rig.api("last?node=ups1")["values"])
    began = time.monotonic()
    gw.trap("UPS on battery")
    gw.say(source=5)
    a = wait_for("alert", 1, lambda: alerts(rig, rule="device-state-critical", state="firing"))[0]
    assert time.monotonic() - began < 1
    assert (a["node"], a["field"]) == ("ups1", "output_source")
    assert a["reason"] == "output source: on battery" and a["value_state"] == "on battery"
    value = rig.api("last?node=ups1")["values"][0]
    assert (value["value"], value["state"], value["severity"]) == (5, "on battery", "critical")
    assert "on battery" in rig.ctl("last", "ups1").stdout
    assert "on battery" in rig.ctl("alerts", "ups1").stdout
    e = rig.api("events?node=ups1")["events"]
    assert [(x["series"], x["severity"], x["text"]) for x in e] == \
        [("ups", "critical", "UPS on battery")]
    assert not rig.api("events?node=gw1")["events"]
    assert "UPS on battery" in rig.ctl("events", "ups1").stdout
    page = rig.request("/node/ups1")[2].decode()
    assert "UPS on battery" in page and re.search(r">\s*on battery\s*<", page), page
    mail = wait_for("mail", 15, rig.mails)[0]
    assert mail["subject"] == \
        "[CRITICAL] Zone A: output source: on battery — ups1"
    # All is there after a restart, also what the event was, and nothing is mailed twice.
    c.kill()
    rig.collector()
    assert alerts(rig, rule="device-state-critical")[0]["value_state"] == "on battery"
    assert rig.api("events")["events"][0]["text"] == "UPS on battery"
    assert rig.api("last?node=ups1")["values"][0]["state"] == "on battery"
    time.sleep(1)
    assert len([m for m in rig.mails() if "output source" in m["subject"]]) == 1


def keep_on(rig, gw, seconds, what=lambda: False, **how):
    """Speaks each second until something is so; whether it became so."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        gw.say(**how)
        for _ in range(5):
            if what():
                return True
            time.sleep(0.2)
    return what()


def test_children(rig):
    """They come by themselves, have the zone of their pattern, and are explained by their device;
    those without a zone are mailed of once."""
    plant(rig)
    c = rig.collector()
    gw = Gateway(rig, ["probe-11", "probe-12", "probe-7", "probe-8"])
    keep_on(rig, gw, 3)
    nodes = {n["name"]: n for n in rig.api("nodes")["nodes"]}
    assert nodes["ecc1.probe-11"]["zone"] == "B"
    assert nodes["ecc1.probe-11"]["title"] == "Cold aisle probe-11"
    assert nodes["ecc1.probe-7"]["zone"] == "unassigned"
    assert nodes["ecc1.probe-7"]["parent"] == "ecc1" and nodes["ecc1.probe-7"]["via"] == "gw1"
    assert nodes["ecc1"]["state"] == "never-seen" or nodes["ecc1"]["age_s"] < 3
    zones = {z["name"]: z for z in rig.api("zones")["zones"]}
    assert zones["unassigned"]["nodes"]["total"] == 2
    assert "Unassigned" in rig.ctl("zones").stdout
    assert "Unassigned" in rig.request("/")[2].decode()
    page = rig.request("/zone/B")[2].decode()
    assert 'href="/node/ecc1.probe-11"' in page
    assert "Cold aisle probe-11" in rig.request("/node/ecc1.probe-11")[2].decode()
    # The device is dead, its gateway not: one alert for it and all of its children.
    assert keep_on(rig, gw, 8, lambda: alerts(rig, rule="silent", state="firing"), probes=False)
    keep_on(rig, gw, 3, probes=False)
    assert [a["node"] for a in alerts(rig, rule="silent", state="firing")] == ["ecc1"]
    assert keep_on(rig, gw, 5, lambda: not alerts(rig, rule="silent", state="firing"))
    assert {m["subject"].split("]")[0] for m in rig.mails()} == {"[CRITICAL", "[RESOLVED"}
    assert len(rig.mails()) == 2
    # The gateway is dead: one alert; it comes back: none.
    gw.close()
    wait_for("silence", 8, lambda: alerts(rig, rule="silent", state="firing"))
    time.sleep(5)
    assert [a["node"] for a in alerts(rig, rule="silent", state="firing")] == ["gw1"]
    said, gw = gw.said, Gateway(rig, ["probe-11", "probe-12", "probe-7", "probe-8", "probe-9"])
    gw.said = said
    assert keep_on(rig, gw, 5, lambda: not alerts(rig, rule="silent", state="firing"))

    def told():
        return [m for m in rig.mails() if "Child devices without a zone" in m["subject"]]
    assert keep_on(rig, gw, 70, told)
    body = told()[0].get_body(("plain",)).get_content()
    assert "ecc1.probe-7" in body and "children = (" in body
    # A restart tells nothing anew; a place for all of them ends it.
    c.kill()
    c = rig.collector()
    gw = Gateway(rig, ["probe-11", "probe-12", "probe-7", "probe-8", "probe-9"])
    keep_on(rig, gw, 4)
    assert len(told()) == 1
    assert rig.api("incidents?zone=unassigned")["incidents"][0]["open"]
    gw.close()
    assert c.stop() == 0
    plant(rig, ', { name = "probe-7"; ignore = true; }, { name = "*"; zone = "C"; }')
    rig.collector()
    wait_for("end", 10, lambda: len(told()) == 2)
    assert told()[1]["subject"].startswith("[RESOLVED]")
    names = {n["name"]: n["zone"] for n in rig.api("nodes")["nodes"]}
    assert "ecc1.probe-7" not in names and names["ecc1.probe-8"] == "C"
    assert "unassigned" not in {z["name"] for z in rig.api("zones")["zones"]}
    rig.flush()
    assert rig.rrd("ecc1.probe-11", "temperature").exists()


def test_the_cause_comes_first(rig):
    """What has a rule of its own is the mail's subject, not the relay that closed for it; what
    comes and goes is told as that."""
    plant(rig)
    rig.rules = """
 { name = "states"; kind = "state"; title = "A device reports a critical state";
   severity = "critical"; except = [ "water" ]; },
 { name = "water-leak"; kind = "state"; title = "Water leak"; source = "water";
   severity = "critical"; }"""
    rig.collector()
    gw = Agent(rig, "gw1")
    now = int(time.time()) - 2
    relay = [field("value", label="Alarm Relay 1", kind=STATE)]
    leak = [field("value", label="leak-a", kind=STATE)]
    gw.send(define(1, "state", fields=relay, node="ups1", states="0:5cClosed") +
            define(2, "water", fields=leak, node="ecc1", states="0:5cleak"))
    gw.send(batch(1, now, 1, [5.0]) + batch(2, now, 2, [5.0]))
    wait_for("mail", 15, rig.mails)
    gw.send(batch(3, now + 1, 1, [3.0]) + batch(4, now + 1, 2, [3.0]))
    wait_for("end", 15, lambda: len(rig.mails()) == 2)
    gw.send(batch(5, now + 2, 1, [5.0]) + batch(6, now + 3, 1, [3.0]))
    wait_for("mails", 15, lambda: len(rig.mails()) == 3)
    first, end, again = [m["subject"] for m in rig.mails()]
    assert first.startswith("[CRITICAL] Zone A: Water leak") and "ecc1" in first, first
    assert end.startswith("[RESOLVED] Zone A: Water leak") and "ecc1" in end, end
    # The third change within a minute: it is held, and said to come and go.
    assert "Alarm Relay 1: Closed" in again and "ups1" in again, again
    assert "comes and goes" in again, again
