# SPDX-License-Identifier: GPL-3.0-or-later
"""Rules tried before they are trusted: zonewatchctl rules test, try, explain."""

import json
import subprocess
import time

import wire
from conftest import BUILD, ROOT, wait_for

SITE = """zones = ( { name = "A"; } );
nodes = ( { name = "srv-1"; zone = "A"; }, { name = "srv-2"; zone = "A"; } );
rules = ( { name = "hot"; kind = "threshold"; source = "ipmi"; field = "inlet"; above = 30.0;
            deadband = 1.0; for = "20s"; severity = "critical"; } );
"""
TEST = """config = "site.conf";
tests = (
  { name = "one gets hot";
    series = ( { node = "srv-1"; source = "ipmi"; field = "inlet"; values = "25x3 35x6 25x3"; } );
    expect = ( { at = "45s"; }, { at = "55s"; firing = [ "hot srv-1" ]; incidents = 1; },
               { at = "110s"; incidents = 1; } ); },
  { name = "what is not so";
    series = ( { node = "srv-1"; source = "ipmi"; field = "inlet"; values = "25x3 35x6"; } );
    expect = ( { at = "20s"; firing = [ "hot srv-1" ]; }, { at = "80s"; incidents = 2; } ); }
);
"""


def test_shipped(rig):
    """The shipped rules, on what happens in a house."""
    p = rig.ctl("rules", "test", ROOT / "tests/data/rules/default.test")
    assert "FAILED" not in p.stdout and p.stdout.splitlines()[-1].startswith("16 of 16"), p.stdout


def test_failing(rig):
    (rig.dir / "site.conf").write_text(SITE)
    (rig.dir / "x.test").write_text(TEST)
    p = rig.ctl("rules", "test", "x.test", check=False)
    assert p.returncode == 1, p.stderr
    assert p.stdout.splitlines() == [
        "passed  one gets hot", "FAILED  what is not so",
        "        after 20s: does not fire: hot srv-1",
        "        after 80s: fires, and must not: hot srv-1",
        "        after 80s: incidents: 1, not 2", "1 of 2 passed"]
    p = rig.ctl("rules", "test", "x.test", "--json", check=False)
    o = json.loads(p.stdout)
    assert p.returncode == 1 and o["passed"] == o["failed"] == 1
    assert [t["passed"] for t in o["tests"]] == [True, False]
    assert o["tests"][1]["wrong"][0] == {"after_ms": 20000, "what": "does not fire: hot srv-1"}


def test_wrong_file(rig):
    """A file that cannot be read says where; so does the configuration that it names."""
    (rig.dir / "site.conf").write_text(SITE)
    (rig.dir / "x.test").write_text(TEST.replace("25x3 35x6 25x3", "25x3 3q"))
    p = rig.ctl("rules", "test", "x.test", check=False)
    assert p.returncode == 1 and 'x.test:4: tests[#1].series[#1].values: "3q"' in p.stderr
    (rig.dir / "x.test").write_text(TEST)
    (rig.dir / "site.conf").write_text(SITE.replace("above", "abvoe"))
    p = rig.ctl("rules", "test", "x.test", check=False)
    assert p.returncode == 1 and 'site.conf:3: rules[hot].abvoe' in p.stderr
    (rig.dir / "x.test").write_text(TEST.replace('"srv-1"; source', '"srv-9"; source'))
    (rig.dir / "site.conf").write_text(SITE)
    p = rig.ctl("rules", "test", "x.test", check=False)
    assert p.returncode == 1 and "srv-9 is no node of the configuration" in p.stdout


# --- over what was stored -------------------------------------------------------------------------

STEP = 10
RULES = """  {{ name = "hot"; kind = "threshold"; source = "ipmi"; field = "inlet"; above = 30.0;
    clear = {clear}; for = "{hold}"; severity = "critical"; topic = "air"; }}"""


def store(rig, node, values, begin):
    """An RRD of `values` from `begin` on, one each 10 s, in place of the collector's."""
    path = rig.rrd(node, "ipmi")
    path.unlink()
    subprocess.run(["rrdtool", "create", path, "--step", str(STEP), "--start", str(begin - STEP),
                    "DS:inlet:GAUGE:25:U:U", "RRA:AVERAGE:0.5:1:2160",
                    "RRA:AVERAGE:0.5:6:20160", "RRA:MIN:0.5:6:20160", "RRA:MAX:0.5:6:20160"],
                   check=True)
    rows = [f"{begin + i * STEP}:{v}" for i, v in enumerate(values)]
    for i in range(0, len(rows), 1000):
        subprocess.run(["rrdtool", "update", path, *rows[i:i + 1000]], check=True)


def past(rig):
    """A collector that knew two nodes for a second, stopped; then a day of which srv-a's sensor
    played about its limit for 2 h, and zone B lost its cooling for 40 min, 8 h ago."""
    rig.mail = f'transport = "maildir:{rig.dir}/mail"; from = "zw@dc.example"; ' \
               'recipients = ( { address = "duty@dc.example"; } );'
    rig.rules = RULES.format(clear=29.9, hold="0s")
    rig.node("srv-a", zone="A")
    rig.node("srv-b", zone="B")
    rig.collector()
    for node in ("srv-a", "srv-b"):
        agent = wire.Agent(rig, node)
        agent.send(wire.frame(wire.DEFINE, wire.varint(1) + wire.text("") + wire.text("ipmi") +
                              wire.text("") + bytes([STEP]) + wire.varint(1) +
                              wire.field("inlet", "Cel")))
        agent.send(wire.batch(1, int(time.time()), 1, [22.0]))
        wait_for("its value", 20, lambda: rig.api(f"last?node={node}")["values"])
        agent.close()
    rig.flush()
    wait_for("files", 20, lambda: rig.rrd("srv-a", "ipmi").exists()
             and rig.rrd("srv-b", "ipmi").exists())
    end = int(time.time()) // 60 * 60
    begin = end - 86400
    a, b = [22.0] * 8640, [22.0] * 8640
    for i in range(720):  # 5 minutes above, 5 below, 13 h ago
        a[3960 + i] = 30.3 if i // 30 % 2 == 0 else 29.7
    for i in range(240):
        b[5760 + i] = min(22 + i / 6 * 1.5, 40) if i < 200 else 22.0
    return begin, end, a, b


def test_try(rig):
    begin, end, a, b = past(rig)
    assert rig.c.stop() == 0
    rig.daemons.remove(rig.c)
    store(rig, "srv-a", a, begin)
    store(rig, "srv-b", b, begin)
    (rig.dir / "calm.conf").write_text(
        f"rules = (\n{RULES.format(clear=28.0, hold='60s')}\n);\n")
    # Without a file, and without a collector.
    o = json.loads(rig.ctl("rules", "try", "--last", "25h", "-c", "collector.conf",
                           "--json").stdout)
    assert o["proposed"] is None and o["known"]["source"] == "rules in force"
    assert o["in_force"]["rules"] == [{"rule": "hot", "alerts": o["in_force"]["alerts"]}]
    assert o["series"] == 2 and o["unread"] == 0
    assert [r["step_s"] for r in o["rows"]] == [60, 10]
    assert begin - 60 <= o["from_s"] + 3600 and o["to_s"] >= end
    many = o["in_force"]["messages"]
    assert o["known"]["total"] == o["in_force"]["incidents"] >= 3 and o["known"]["missed"] == 0
    # With one that holds on.
    o = json.loads(rig.ctl("rules", "try", "calm.conf", "--last", "25h", "-c", "collector.conf",
                           "--json").stdout)
    few = o["proposed"]
    assert o["in_force"]["messages"] == many and few["messages"] < many
    assert few["incidents"] == few["alerts"] == 2 and few["acts"]["open"] == 2
    assert few["recipients"] == [{"to": "duty@dc.example", "via": "mail",
                                  "messages": few["messages"]}]
    assert o["known"]["missed"] == 0
    p = rig.ctl("rules", "try", "calm.conf", "--last", "25h", "-c", "collector.conf")
    assert p.stdout.splitlines()[-1] == (
        f"{few['messages']} messages instead of {many}; missed 0 of {o['known']['total']} "
        "incidents that the rules in force have"), p.stdout
    # Incidents that are known from elsewhere: by zone and time.
    lost = (begin + 57600 + 600) * 1000
    known = (f"B {lost} {lost + 1800000}\nA {lost} {lost + 60000}\nsite {lost} 0\n"
             "nonsense\nA x y\n" + f"A {(begin + 40000) * 1000} {(begin + 41000) * 1000}\n")
    (rig.dir / "deaf.conf").write_text(
        'limits = ( { rule = "hot"; zones = [ "A" ]; off = true; } );\n')
    p = subprocess.run([BUILD / "zonewatch-try", "-c", rig.dir / "collector.conf", "-s",
                        str(begin - 3600), "-e", str(end), "-k", "-j", rig.dir / "deaf.conf"],
                       input=known, text=True, capture_output=True, env=rig.env)
    assert p.returncode == 0, p.stderr
    o = json.loads(p.stdout)
    assert o["known"]["source"] == "history" and o["known"]["total"] == 4
    assert [k["missed"] for k in o["known"]["incidents"]] == [False, True, False, True]
    assert o["proposed"]["incidents"] == 1


def test_try_wrong(rig):
    begin, end, a, b = past(rig)
    assert rig.c.stop() == 0
    rig.daemons.remove(rig.c)
    for text, words in (
            ('rules = ( { name = "x"; kind = "threshold"; above = 1.0; } );\n',
             "x.conf:1: rules[x].source: must be given"),
            ("zones = ( );\n", "x.conf:1: zones: unknown key"),
            (f"rules = (\n{RULES.format(clear=31.0, hold='0s')} );\n", "x.conf:"),
            ('rules = ( { name = "x"; kind = "no-data"; zones = [ "Q" ]; } );\n',
             'x.conf: rules[x].zones: there is no zone "Q"')):
        (rig.dir / "x.conf").write_text(text)
        p = rig.ctl("rules", "try", "x.conf", "-c", "collector.conf", check=False)
        assert p.returncode == 1 and words in p.stderr, p.stderr
    p = rig.ctl("rules", "try", "--last", "soon", check=False)
    assert p.returncode == 64 and "--last=soon" in p.stderr
    p = rig.ctl("rules", "tyr", "x.conf", check=False)
    assert p.returncode == 64 and "test, try, explain and list" in p.stderr


def test_explain(rig):
    """Which rules look at a node, and what they see: firing, pending, off, nothing."""
    rig.rules = """
  { name = "above"; kind = "threshold"; source = "ipmi"; field = "inlet"; above = 20.0;
    deadband = 1.0; severity = "critical"; },
  { name = "later"; kind = "threshold"; source = "ipmi"; field = "inlet"; above = 21.0;
    deadband = 1.0; for = "10min"; },
  { name = "never"; kind = "threshold"; source = "ipmi"; field = "inlet"; above = 90.0;
    deadband = 1.0; },
  { name = "zone"; kind = "threshold"; source = "ipmi"; field = "inlet"; above = 80.0;
    deadband = 1.0; scope = "zone"; aggregate = "average"; },
  { name = "quiet"; kind = "no-data"; severity = "critical"; },
  { name = "other"; kind = "threshold"; source = "cooling"; field = "supply"; above = 1.0;
    deadband = 0.5; }"""
    rig.more_conf = """limits = ( { rule = "never"; off = true; },
  { rule = "later"; nodes = [ "srv-*" ]; above = 21.5; } );"""
    rig.node("srv-a")
    rig.collector()
    agent = wire.Agent(rig, "srv-a")
    agent.send(wire.define(1, "ipmi", fields=[wire.field("inlet", "Cel")]))
    for i in range(4):
        agent.send(wire.batch(i + 1, int(time.time()), 1, [22.0]))
        time.sleep(1)
    views = {r["rule"]: r for r in rig.api("rules?node=srv-a")["rules"]}
    assert set(views) == {"above", "later", "never", "zone", "quiet"}
    assert views["above"]["sees"] == "firing" and views["above"]["alert"]["reason"] == \
        "above 20 °C" and views["above"]["value"] == 22
    later = views["later"]
    assert later["sees"] == "pending" and later["limits"]["above"] == 21.5
    assert 500000 < later["waits_ms"] < 600000
    assert views["never"]["sees"] == "off" and views["zone"]["sees"] == "ok"
    assert views["zone"]["members"] == 1 and views["quiet"]["series"] is None
    out = rig.ctl("rules", "explain", "srv-a").stdout
    assert out.splitlines()[1].startswith("firing") and "fires in 9 min" in out, out
    every = {r["rule"]: r for r in rig.api("rules")["rules"]}
    assert every["above"]["subjects"] == every["above"]["firing"] == 1
    assert every["other"]["subjects"] == 0
    assert "other" in rig.ctl("rules", "list").stdout
    p = rig.ctl("rules", "explain", "srv-x", check=False)
    assert p.returncode == 1 and "srv-x" in p.stderr
    agent.close()


def test_census(rig):
    """-n, with a catalog: zones that nobody watches, rules and limits about nothing."""
    rig.rules = """
  { name = "inlet"; kind = "threshold"; source = "ipmi"; field = "inlet"; above = 90.0;
    deadband = 1.0; },
  { name = "typo"; kind = "threshold"; source = "ipmi"; field = "inlett"; above = 90.0;
    deadband = 1.0; },
  { name = "chiller"; kind = "threshold"; source = "chiller"; field = "x"; above = 90.0;
    deadband = 1.0; }"""
    rig.more_conf = """measures = ( { name = "inlet"; source = "ipmi"; field = "inlet"; } );
limits = ( { rule = "inlet"; nodes = [ "srv-a" ]; above = 80.0; },
  { rule = "inlet"; series = [ "nowhere" ]; above = 80.0; } );"""
    rig.node("srv-a", zone="A")
    rig.node("cool-a", zone="A")
    rig.more["cool-a"] = 'kind = "device"; role = "cooling";'
    rig.node("srv-b", zone="B")
    rig.write_conf()

    def said():
        p = subprocess.run([BUILD / "zonewatch-collector", "-n", "-c", rig.dir / "collector.conf"],
                           text=True, capture_output=True, env=rig.env)
        assert p.returncode == 0, p.stderr
        return p.stderr

    assert "inlet air" not in said() and "ever seen" not in said()
    assert "INLETS" not in rig.ctl("check", "-c", "collector.conf").stdout
    rig.collector()
    for node in ("srv-a", "srv-b"):
        agent = wire.Agent(rig, node)
        name = "inlet" if node == "srv-a" else "outlet"
        agent.send(wire.define(1, "ipmi", fields=[wire.field(name, "Cel")]))
        agent.send(wire.batch(1, int(time.time()), 1, [22.0]))
        wait_for("its value", 20, lambda: rig.api(f"last?node={node}")["values"])
        agent.close()
    assert "warning: rules[typo]: matches no series" in said()
    # What is included is for more devices than a house has; a zone without servers needs no inlet.
    (rig.dir / "shipped.conf").write_text(f"rules = ({rig.rules.replace('typo', 'shipped')});")
    own, rig.rules = rig.rules, ""
    rig.more_conf += 'include = [ "shipped.conf" ];'
    rig.node("link", zone="C")
    rig.more["link"] = 'kind = "link";'
    rig.write_conf()
    assert "zones[C]" not in said() and "match no series" not in said() and "shipped" not in said()
    rig.rules, rig.more_conf = own, rig.more_conf.replace('include = [ "shipped.conf" ];', "")
    rig.write_conf()
    text = said()
    assert "warning: zones[B]: nothing measures its inlet air" in text
    assert "warning: zones[B]: no cooling unit is known" in text
    assert "zones[A]" not in text and "zones[C]" not in text
    assert "warning: rules[typo]: matches no series" in text
    assert '1 of 3 match no series' in text and '"chiller"' in text
    assert "limits[#2]: no node or series" in text and "limits[#1]" not in text
    table = rig.ctl("check", "-c", "collector.conf").stdout.splitlines()
    assert [l.split() for l in table if l.startswith(("A ", "B "))] == [
        ["A", "2", "1", "1"], ["B", "1", "0", "0"]]
