# SPDX-License-Identifier: GPL-3.0-or-later
"""A zone that loses its cooling is one incident and one mail; its end is another, in the thread."""

from conftest import wait_for

RULES = """
  { name = "inlet-high"; kind = "threshold"; title = "Inlet air too warm"; scope = "zone";
    aggregate = "maximum"; source = "thermal"; field = "inlet"; above = 27.0; clear = 26.0;
    severity = "critical"; advice = "Look at the zone's cooling unit."; },
  { name = "node-inlet-high"; kind = "threshold"; title = "Server's inlet too warm";
    source = "thermal"; field = "inlet"; above = 27.0; clear = 26.0; severity = "warning"; },
  { name = "silent"; kind = "no-data"; title = "No data"; after = "4s"; after_reset = "2s";
    severity = "critical"; }
"""


def zone_mails(rig, zone):
    return [m for m in rig.mails() if m["X-Zonewatch-Zone"] == zone]


def test_cooling_failure(rig):
    for i, zone in enumerate("ABCD"):
        rig.node(*[f"s{zone.lower()}{k}" for k in range(3)], zone=zone)
    rig.rules = RULES
    rig.mail = f"""transport = "maildir:{rig.dir}/mail"; from = "zonewatch@dc.example";
        recipients = ( {{ address = "it@ministry.example"; }} );"""
    rig.collector()
    script = rig.dir / "script"
    script.write_text("3s cooling-failure zone=B for 8s\n")
    rig.sim("--script", script, "--speed", 500)
    first = wait_for("mail", 40, lambda: zone_mails(rig, "B"))[0]
    assert "critical" in first["Subject"].lower() or "[CRITICAL]" in first["Subject"]
    assert "Zone B" in first["Subject"]
    assert first["To"] == "it@ministry.example"
    assert first["Auto-Submitted"] == "auto-generated"
    text = first.get_body(("plain",)).get_content()
    for word in ("Zone B", "Inlet air too warm", "27", "°C", "+04:00", "cooling unit"):
        assert word in text, text
    html = first.get_body(("html",)).get_content()
    assert "cid:" in html and "<img" in html
    pictures = [p for p in first.walk() if p.get_content_type() == "image/png"]
    assert len(pictures) == 1 and pictures[0].get_payload(decode=True).startswith(b"\x89PNG")

    both = wait_for("second mail", 90, lambda: (m := zone_mails(rig, "B"))[1:] and m)
    assert both[1]["References"] and first["Message-ID"] in both[1]["References"]
    assert both[1]["Message-ID"] != first["Message-ID"]
    assert len(both) == 2
    assert {m["X-Zonewatch-Zone"] for m in rig.mails()} == {"B"}
    incidents = [i for i in rig.api("incidents")["incidents"]]
    assert [i["zone"] for i in incidents] == ["B"]


def test_dead_host(rig):
    """A host whose connection is reset is told at once; it is mailed after its time, and its
    return ends the incident."""
    rig.node("sa1", "sa2")
    rig.node("sc1", zone="C")
    rig.rules = RULES
    rig.mail = f"""transport = "maildir:{rig.dir}/mail"; from = "zonewatch@dc.example";
        recipients = ( {{ address = "it@ministry.example"; }} );"""
    rig.collector()
    script = rig.dir / "script"
    script.write_text("4s host-dies node=sc1 for 10s\n")
    rig.sim("--script", script)
    wait_for("connection", 10, lambda: all(n["connected"] for n in rig.api("nodes")["nodes"]))
    wait_for("loss", 10, lambda: not rig.api("nodes/sc1")["connected"])
    wait_for("mail", 15, lambda: zone_mails(rig, "C"))
    both = wait_for("end", 30, lambda: (m := zone_mails(rig, "C"))[1:] and m)
    assert "sc1" in both[0].get_body(("plain",)).get_content()
    assert not zone_mails(rig, "A")


def test_alert_survives_the_collector(rig):
    """An incident that is open when the collector is killed is open afterwards, without a second
    mail, and ends with one."""
    rig.node("sb1", "sb2", zone="B")
    rig.rules = RULES
    rig.mail = f"""transport = "maildir:{rig.dir}/mail"; from = "zonewatch@dc.example";
        recipients = ( {{ address = "it@ministry.example"; }} );"""
    c = rig.collector()
    script = rig.dir / "script"
    script.write_text("3s cooling-failure zone=B for 25s\n")
    rig.sim("--script", script, "--speed", 500)
    wait_for("mail", 40, lambda: zone_mails(rig, "B"))
    for _ in range(3):
        c.kill()
        c = rig.collector()
    assert [i["zone"] for i in rig.api("incidents")["incidents"] if not i["closed_ms"]] == ["B"]
    both = wait_for("end", 90, lambda: (m := zone_mails(rig, "B"))[1:] and m)
    assert len(both) == 2 and both[0]["Message-ID"] in both[1]["References"]
