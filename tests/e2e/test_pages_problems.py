# SPDX-License-Identifier: GPL-3.0-or-later
"""From "something is wrong" to "it is mine": the problem stands on the first page with its zone and
cause, is acknowledged and silenced there, and the zone's page tells the same."""

import html
import re
import urllib.parse
import urllib.request

from conftest import wait_for

RULES = """
  { name = "inlet-high"; kind = "threshold"; title = "Inlet air too warm"; scope = "zone";
    aggregate = "maximum"; source = "thermal"; field = "inlet"; above = 27.0; clear = 26.0;
    severity = "critical"; },
  { name = "silent"; kind = "no-data"; title = "No data"; after = "4s"; after_reset = "2s";
    severity = "critical"; }
"""


def page(rig, path, language="en"):
    """A page's text."""
    status, _, body = rig.request(path, headers={"Accept-Language": language})
    assert status == 200, (path, status)
    return body.decode()


def shows(rig, part):
    """The first page, if it has that."""
    text = page(rig, "/")
    return text if part in text else None


def form(rig, path, **fields):
    """Sends a form as a page does."""
    r = urllib.request.Request(f"http://127.0.0.1:{rig.web_port}{path}",
                               data=urllib.parse.urlencode(fields).encode(),
                               headers={"Authorization": f"Bearer {rig.token}"})
    with urllib.request.urlopen(r, timeout=20) as a:
        return a.status


def test_problem(rig):
    for zone in "AB":
        rig.node(*[f"s{zone.lower()}{k}" for k in range(3)], zone=zone)
    rig.rules = RULES
    rig.collector()
    calm = page(rig, "/")
    assert "No open problem" in calm or "Nothing is wrong" in calm
    assert 'data-live="problems"' in calm
    script = rig.dir / "script"
    script.write_text("2s cooling-failure zone=B for 600s\n")
    rig.sim("--script", script, "--speed", 500)
    wait_for("incident", 60, lambda: rig.api("incidents")["incidents"])
    text = wait_for("problem", 10, lambda: shows(rig, 'class="problem'))
    number = re.search(r'<article[^>]* id="incident-(\d+)"', text)[1]
    assert "Inlet air too warm" in text and "Zone B" in text and "nobody has it" in text
    assert "heç kim götürməyib" in page(rig, "/", "az")
    assert "никем не взято" in page(rig, "/", "ru")
    zone = page(rig, "/zone/B")
    assert f'id="incident-{number}"' in zone and "/node/sb1" in zone and "/node/sa1" not in zone
    assert f'id="incident-{number}"' not in page(rig, "/zone/A")

    form(rig, f"/incident/{number}/acknowledge", author="Aynur <b>", comment="on my way")
    text = page(rig, "/")
    assert html.escape("Aynur <b>") in text and "on my way" in text and "<b>Aynur <b>" not in text
    assert "nobody has it" not in text

    form(rig, "/silences", zone="B", reason="known", author="Aynur", **{"for": "1h"})
    text = wait_for("silenced", 10, lambda: shows(rig, 'id="silenced"'))
    assert "Silenced: 1" in text and "known" in page(rig, "/zone/B")


def test_zones_and_links(rig):
    rig.node("sa1")
    rig.collector()
    rig.agent("sa1")
    wait_for("values", 20, lambda: "1 of 1 nodes send." in page(rig, "/"))
    assert 'href="/zone/A"' in page(rig, "/zones")
    assert "No links are configured." in page(rig, "/links")
    assert rig.request("/zone/nowhere")[0] == 404
