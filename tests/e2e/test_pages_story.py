# SPDX-License-Identifier: GPL-3.0-or-later
"""The pages that tell stories, through HTTP, with real daemons: what they say is what the API
says, in three languages, and no text from outside becomes markup."""

import html
import html.parser
import re
import time
import urllib.error
import urllib.parse
import urllib.request

import pytest

from conftest import wait_for

RULES = '''
  { name = "always"; kind = "threshold"; source = "uptime"; field = "uptime"; for = "0s";
    above = 1.0; severity = "critical"; title = "Processors busy for long"; advice = "See what runs with top."; }
'''
TITLE_TEXT = 'Şəbəkə <b>"1"</b>'
TITLE = 'Şəbəkə <b>\\"1\\"</b>'
HOSTILE = '<img src=x onerror=alert(1)>"\'&amp;'


def call(rig, path, form=None, lang="en"):
    """A page or answer: status, text."""
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    headers = {"Authorization": "Bearer " + rig.token, "Accept-Language": lang}
    request = urllib.request.Request(f"http://127.0.0.1:{rig.web_port}{path}", data=data,
                                     headers=headers)

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args):
            return None

    try:
        with urllib.request.build_opener(Stay).open(request, timeout=20) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as e:
        return e.code, e.read().decode()


class Strict(html.parser.HTMLParser):
    """Refuses what only somebody else's text could have made."""

    def handle_starttag(self, tag, attrs):
        names = dict(attrs)
        assert all(re.fullmatch(r"[a-z][a-z-]*", name, re.I) for name in names), (tag, attrs)
        assert not any(name.startswith("on") or name == "style" for name in names), (tag, attrs)
        assert names.get("src") != "x", (tag, attrs)
        assert tag != "script" or names.get("src", "").startswith("/assets/"), (tag, attrs)


def page(rig, path, lang="en"):
    status, text = call(rig, path, lang=lang)
    assert status == 200, (path, status, text[:300])
    assert text.startswith("<!doctype html>") and text.rstrip().endswith("</html>")
    Strict().feed(text)
    return text


def words(text):
    return html.unescape(re.sub(r"<[^>]*>", " ", text))


@pytest.fixture
def told(rig):
    """A collector with one agent whose load alert fires, a maildir, and one hostile name."""
    rig.node("srv01", "srv02")
    rig.more["srv01"] = f'title = "{TITLE}"; depends = ( "srv02" );'
    rig.mail = f'''transport = "maildir:{rig.dir}/mail"; from = "zw@dc.example"; graph = false;
        recipients = ( {{ address = "it@dc.example"; }} );'''
    rig.rules = RULES
    rig.collector()
    rig.agent("srv01")
    rig.incident = wait_for("incident", 30, lambda: next(
        (i for i in rig.api("incidents")["incidents"] if i["open"] and i["node"] == "srv01"), None))
    wait_for("mail", 20, rig.mails)
    wait_for("ledger", 20, lambda: any(m["deliveries"] for m in rig.api("ledger")["mails"]))
    return rig


def story(rig):
    return rig.api(f"incidents/{rig.incident['id']}")


def test_incident_page_says_what_the_api_says(told):
    rig, n = told, told.incident["id"]
    form = {"author": HOSTILE[:40], "comment": "looking at " + HOSTILE}
    assert call(rig, f"/incident/{n}/acknowledge", form)[0] == 303
    assert call(rig, f"/incident/{n}/comment", {"author": "Ülvi", "comment": HOSTILE})[0] == 303
    text = page(rig, f"/incident/{n}")
    said = words(text)
    api = story(rig)
    alert = api["alerts"][0]
    assert alert["title"] in said and f"#{n}" in said
    assert api["ack_author"] in said and api["ack_comment"] in said
    assert HOSTILE in said and "Ülvi" in said
    assert "See what runs with top." in said
    delivery = api["mails"][0]["deliveries"][0]
    assert delivery["to"] in said and delivery["reply"] in said
    assert '/node/srv01"' in text and '/node/srv02"' in text and '/zone/A"' in text
    assert f"series=srv01/{alert['series']}" in text and f"field={alert['field']}" in text
    graph = html.unescape(re.search(r'src="(/api/v1/graph[^"]*)"', text)[1])
    status, picture = call(rig, graph)
    assert status == 200 and "<svg" in picture
    # The form offers now what is left to do.
    assert f'action="/incident/{n}/unacknowledge"' in text
    assert call(rig, f"/incident/{n}/unacknowledge", {"author": "Aysel"})[0] == 303
    assert f'action="/incident/{n}/acknowledge"' in page(rig, f"/incident/{n}")


def test_three_languages(told):
    n = told.incident["id"]
    for path in (f"/incident/{n}", "/incidents", "/silences", "/reports", "/system", "/audit",
                 "/messages", "/search?q=srv"):
        pages = {lang: page(told, path, lang) for lang in ("en", "az", "ru")}
        for lang, text in pages.items():
            assert f'<html lang="{lang}"' in text
        heads = {re.search(r"<h1>(.*?)</h1>", text, re.S)[1] for text in pages.values()}
        assert len(heads) == 3, (path, heads)


def test_an_incident_that_is_long_over_has_a_page(told):
    rig, n = told, told.incident["id"]
    rig.c.stop()
    rig.rules = RULES.replace("1.0", "1e12")
    rig.collector()
    wait_for("end", 30, lambda: story(rig)["closed_ms"])
    rig.c.stop()
    import sqlite3
    with sqlite3.connect(rig.dir / "state" / "history.db") as db:
        # So many closed later that the engine does not keep it.
        db.executemany(
            "INSERT INTO incidents SELECT ?, zone, severity, opened_ms, closed_ms + 1000 + ?, firing,"
            " total, cause, joined_ms, changed_ms, muted, worst_now, topic, root, node, ack_author,"
            " ack_comment, ack_ms, ack_until_ms, first_ack_ms FROM incidents WHERE id=?",
            [(n + 1000 + i, i, n) for i in range(300)])
    rig.collector()
    assert all(i["id"] != n for i in rig.api("incidents")["incidents"])
    said = words(page(rig, f"/incident/{n}"))
    assert story(rig)["alerts"][0]["title"] in said
    status, text = call(rig, "/incident/999999")
    assert status == 404 and "There is no such incident." in words(text)
    # And the list has it, pages further on.
    seen, number = set(), 1
    while True:
        text = page(rig, f"/incidents?page={number}")
        ids = set(map(int, re.findall(r'href="/incident/(\d+)"', text)))
        assert not ids & seen
        seen |= ids
        number += 1
        if 'rel="next"' not in text:
            break
    assert n in seen and len(seen) == 301 and number > 6


def test_list_filters(told):
    rig, n = told, told.incident["id"]
    link = f'href="/incident/{n}"'
    assert link in page(rig, "/incidents")
    assert link in page(rig, "/incidents?severity=critical&zone=A&q=PROCESSORS")
    assert link not in page(rig, "/incidents?severity=warning")
    assert link not in page(rig, "/incidents?zone=B")
    assert link not in page(rig, "/incidents?q=nothing+of+the+kind")
    hostile = page(rig, "/incidents?q=" + urllib.parse.quote(HOSTILE))
    assert f'value="{html.escape(HOSTILE)}"'.replace("&#x27;", "&#39;") in hostile


def test_silences(told):
    rig = told
    query = urllib.parse.urlencode({"zone": "A", "node": "srv*", "rule": "al*"})
    text = page(rig, "/silences?" + query)
    preview = rig.api("silences/preview?" + query)
    assert f"Covers {preview['total']} nodes" in words(text)
    assert 'value="srv*"' in text and len(preview["alerts"]) == 1
    assert "1 alert that fires now would be silenced." in words(text)
    form = {"author": "Aysel", "zone": "A", "rule": "al*", "for": "1h", "reason": HOSTILE}
    assert call(rig, "/silences", form)[0] == 303
    one = rig.api("silences")["silences"][0]
    assert HOSTILE in words(page(rig, "/silences"))
    assert call(rig, f"/silence/{one['id']}/extend", {"author": "Aysel", "for": "30min"})[0] == 303
    longer = rig.api("silences")["silences"][0]
    assert longer["ends_ms"] == one["ends_ms"] + 1800000
    local = time.strftime("%Y-%m-%dT%H:%M", time.gmtime(time.time() + 5 * 3600))
    form = {"author": "A", "node": "srv02", "until": local, "reason": "till then"}
    assert call(rig, "/silences", form)[0] == 303  # Baku is UTC+4: in an hour
    ends = rig.api("silences")["silences"][0]["ends_ms"] / 1000
    assert 3400 < ends - time.time() <= 3600
    assert call(rig, f"/silence/{one['id']}/end", {"author": "Aysel"})[0] == 303
    assert call(rig, f"/silence/{one['id']}/extend", {"author": "A", "for": "1h"})[0] == 409
    kinds = [a["kind"] for a in rig.api("audit")["acts"]]
    assert kinds[:4] == ["silence-end", "silence", "silence-extend", "silence"]
    said = words(page(rig, "/audit"))
    assert "silence extended" in said and HOSTILE in said
    assert "<td>silence extended</td>" in page(rig, "/audit?kind=silence-extend")
    assert "<td>silence extended</td>" not in page(rig, "/audit?kind=comment")


def test_search(told):
    rig, n = told, told.incident["id"]
    hits = rig.api("search?q=srv01")["hits"]
    assert hits[0] == {"kind": "node", "name": "srv01", "address": "/node/srv01",
                       "text": hits[0]["text"]}
    assert TITLE_TEXT in hits[0]["text"]
    assert rig.api("search?q=SEBEKE")["hits"][0]["name"] == "srv01"
    assert {h["kind"] for h in rig.api("search?q=always&limit=100")["hits"]} >= {"alert", "rule"}
    assert rig.api("search?q=srv01+uptime")["hits"][0]["kind"] in ("series", "alert")
    assert rig.api("search?q=")["hits"] == []
    assert rig.api("search?q=srv01+nowhere")["hits"] == []
    text = page(rig, "/search?q=" + urllib.parse.quote(HOSTILE))
    assert 'value="&lt;img' in text
    assert f'href="/incident/{n}"' in page(rig, "/search?q=busy")
    assert f'href="/incident/{n}"' in page(rig, "/search?q=" + urllib.parse.quote("prosessor"), "az")


def test_messages_quality_system(told):
    rig = told
    mail = rig.api("ledger")["mails"][0]
    said = words(page(rig, "/messages"))
    assert mail["subject"] in said and mail["deliveries"][0]["reply"] in said
    assert mail["subject"] not in words(page(rig, "/messages?state=failed"))
    month = time.strftime("%Y-%m", time.gmtime(time.time() + 4 * 3600))
    said = words(page(rig, f"/quality?month={month}"))
    assert re.search(r"Alerts of which people were told\s+1\b", said)
    assert "Processors busy for long" in said
    assert re.search(r"Incidents\s+1\b", said)
    assert re.search(r"were told\s+0\b", words(page(rig, "/quality?month=2001-01")))
    text = page(rig, "/system")
    said = words(text)
    wrong = re.findall(r'class="alarm">✕ (.*?)</p>', text)
    assert not set(wrong) - {"The disk is nearly full."}  # which is the machine's matter
    assert wrong or "Nothing is wrong with the monitoring itself." in said
    assert re.search(r"Connections\s+1\b", said) and "srv01" in said
    for word in ("month=x", "month=2026-13", "zone=%3Cb%3E", "page=0", "page=-1", "page=x"):
        page(rig, "/quality?" + word)
        page(rig, "/reports?" + word)
        page(rig, "/system?" + word)
        page(rig, "/incidents?" + word)


def test_the_collector_was_away(rig):
    """Graphs know the reason of such a gap, the audit has the start; a quick restart is none."""
    rig.node("srv1")
    rig.collector()
    agent = rig.agent("srv1")
    wait_for("values", 20, lambda: rig.api("last?node=srv1")["values"])
    began = time.time()
    agent.kill()
    rig.c.kill()
    time.sleep(7)
    rig.collector()

    def reasons():
        marks = rig.api(f"marks?node=srv1&from={int(began) - 60}&to={int(time.time()) + 60}")
        return [r for r in marks["reasons"] if r["kind"] == "collector"]
    (away,) = wait_for("the reason", 10, reasons)
    assert away["node"] is None and abs(away["from_ms"] / 1000 - began) < 4
    assert 6500 < away["to_ms"] - away["from_ms"] < 30000
    text = page(rig, "/audit")
    assert "collector began" in text and "away since 20" in text
    stopped = time.time()
    rig.c.stop()
    rig.collector()
    slow = time.time() - stopped > 4
    wait_for("the start", 10, lambda: page(rig, "/audit").count("<td>collector began") == 3)
    assert slow or len(reasons()) == 1
