# SPDX-License-Identifier: GPL-3.0-or-later
"""One incident, mailed to three people in their three languages, with graph and floor map; from
real agents, through the collector and its renderer, into a maildir."""

from conftest import wait_for


def parts(mail):
    """Plain text, HTML, and the pictures by Content-ID."""
    text = html = None
    pictures = {}
    for p in mail.walk():
        if p.get_content_type() == "text/plain":
            text = p.get_content()
        elif p.get_content_type() == "text/html":
            html = p.get_content()
        elif p.get_content_type() == "image/png":
            pictures[p["Content-ID"].strip("<>")] = p.get_content()
    return text, html, pictures


WORDS = {
    "en@dc.example": ("[CRITICAL] Zone B: The UPS runs from its battery, ", "Severity:  ",
                      "nothing else is wrong", "alt=\"Floor map"),
    "az@dc.example": ("[KRİTİK] Zona B: UPS batareyadan işləyir, ", "Ciddilik dərəcəsi:  ",
                      "başqa nasazlıq yoxdur", "alt=\"Otağın planı"),
    "ru@dc.example": ("[КРИТИЧЕСКАЯ] Зона B: ИБП работает от батареи, ", "Важность:  ",
                      "других неисправностей нет", "alt=\"План зала"),
}


def test_three_languages(rig):
    rig.mail = f"""transport = "maildir:{rig.dir}/mail"; from = "zw@dc.example";
  recipients = ( {{ address = "en@dc.example"; }},
    {{ address = "az@dc.example"; language = "az"; }},
    {{ address = "ru@dc.example"; language = "ru"; }} );"""
    # Any value that is there at once; the title is one of the rules that are shipped.
    rig.rules = """  { name = "up"; kind = "threshold"; source = "uptime"; field = "uptime";
    title = "The UPS runs from its battery"; above = 1.0; deadband = 0.5; severity = "critical"; }"""
    rig.node("srv-17", zone="B")
    rig.more["srv-17"] = 'rack = "B1"; unit = 4;'
    rig.collector()
    rig.agent("srv-17")
    wait_for("three mails", 40, lambda: len(rig.mails()) >= 3)
    seen = set()
    for mail in rig.mails():
        to = str(mail["To"])
        tag, label, rest, alt = WORDS[to]
        assert str(mail["Subject"]).startswith(tag), mail["Subject"]
        text, html, pictures = parts(mail)
        assert label in text and rest in text, text
        assert alt in html
        assert {c.split(".")[0] for c in pictures} == {"graph", "map"}
        for cid, png in pictures.items():
            assert f'src="cid:{cid}"' in html
            assert png.startswith(b"\x89PNG") and len(png) > 2000
        seen.add(to)
    assert seen == set(WORDS)
