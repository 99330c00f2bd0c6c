# SPDX-License-Identifier: GPL-3.0-or-later
"""Reports as paper: what readers of PDF, HTML and CSV make of the files. The content is made up
(paperdrv): what is hard to set, in three languages."""

import collections
import csv
import html.parser
import io
import os
import re
import subprocess
import zipfile

import pytest
from conftest import BUILD

LANGS = ["az", "ru", "en"]
ROWS = 90
LETTERS = "ə ğ ı İ ö ş ü ç Ə"
ENV = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The directory with sample.LANG.{pdf,html,csv.zip}."""
    d = tmp_path_factory.mktemp("paper")
    subprocess.run([BUILD / "paperdrv", d, str(ROWS)], check=True, env=ENV)
    return d


@pytest.fixture(scope="module", params=LANGS)
def pdf(request, made):
    return made / f"sample.{request.param}.pdf"


def lang_of(path):
    return path.name.split(".")[1]


def plain(path):
    """The file with nothing compressed."""
    return subprocess.run(["qpdf", "--qdf", "--object-streams=disable", path, "-"],
                          capture_output=True, check=True).stdout


def pages(path):
    """The text of each page, as it stands."""
    return run("pdftotext", "-layout", path, "-").split("\f")[:-1]


def test_pdf_is_sound(pdf):
    assert "No syntax or stream encoding errors" in run("qpdf", "--check", pdf)
    info = dict(line.split(":", 1) for line in run("pdfinfo", pdf).splitlines())
    assert info["Tagged"].strip() == "yes"
    assert "Məlumat emalı mərkəzi" in info["Title"]
    assert "Nazirliyi" in info["Author"]
    assert info["Creator"].strip().startswith("zonewatch ")
    assert "A4" in info["Page size"]
    assert "D:20261031200000" in run("pdfinfo", "-rawdates", pdf)
    assert pdf.stat().st_size < 5_000_000


def test_fonts_are_embedded(pdf):
    fonts = run("pdffonts", pdf).splitlines()[2:]
    assert fonts
    for font in fonts:
        name, rest = font.split(None, 1)
        assert re.search(r" yes +yes +yes ", rest), font  # embedded, subset, Unicode
        assert "Inter" in name or "DejaVu" in name


def test_text_is_found(pdf):
    text = run("pdftotext", pdf, "-")
    assert LETTERS in text
    assert "Энергопотребление" in text
    assert f"srv-{ROWS - 1:03d}" in text
    assert "Şəbnəm Qəhrəmanova" in text


def test_page_numbers_are_right(pdf):
    all_pages = pages(pdf)
    n = len(all_pages)
    for i, text in enumerate(all_pages[1:], 2):
        assert re.search(rf"\b{i}\b.*\b{n}\b", text.strip().splitlines()[-1]), f"page {i}"
    contents = all_pages[1]
    entries = re.findall(r"^ *(\d+(?:\.\d+)?|A)  +(\S.*?\S)  +(\d+)$", contents, re.M)
    assert [e[0] for e in entries] == ["1", "1.1", "2", "2.1", "2.2", "A"]
    for number, title, page in entries:
        assert re.search(rf"^ *{re.escape(number)}  ?{re.escape(title)}", all_pages[int(page) - 1],
                         re.M), (number, title, page)


def test_table_breaks_well(pdf):
    """Each page of the long table has its head and at least two of its rows; no row is lost."""
    rows = []
    for text in pages(pdf)[2:]:
        here = re.findall(r"^ *srv-(\d{3})", text, re.M)
        if here:
            assert "Mean power" in text
            assert len(here) + len(re.findall(r"^ *Total  ", text, re.M)) >= 2
        rows += [int(r) for r in here]
    assert rows == list(range(ROWS))


def test_no_heading_is_alone(pdf):
    for text in pages(pdf):
        lines = [line for line in text.splitlines() if line.strip()]
        assert not re.match(r" *\d\.\d  ?\S", lines[-2]) if len(lines) > 2 else True


def test_structure_for_screen_readers(pdf):
    text = run("pdfinfo", "-struct-text", pdf)
    tags = collections.Counter(m.group(1) for m in re.finditer(r"^ *(\w+)", text, re.M))
    assert tags["Table"] == 2
    assert tags["TR"] == 1 + ROWS + 1 + 1 + 5
    assert tags["TH"] == 8 + 4
    assert tags["TD"] == (ROWS + 1) * 8 + 5 * 4
    assert tags["Figure"] == 3 and tags["H2"] == 3
    assert tags["LI"] >= 3 and tags["TOCI"] == 6
    raw = plain(pdf)
    assert f"/Lang ({lang_of(pdf)})".encode() in raw
    assert raw.count(b"/Alt ") == 3
    assert raw.count(b"/Scope /Column") == 12
    # Marked content is closed on the page where it is opened.
    for stream in re.findall(rb"stream\n(.*?)endstream", raw, re.S):
        assert len(re.findall(rb"\bBDC\b", stream)) == len(re.findall(rb"\bEMC\b", stream))


def test_links_and_bookmarks(pdf):
    raw = plain(pdf)
    assert raw.count(b"/Subtype /Link") == 6
    assert b"/Outlines" in raw
    assert raw.count(b"/Title ") >= 6


def test_same_bytes_again(made, tmp_path):
    subprocess.run([BUILD / "paperdrv", tmp_path, str(ROWS)], check=True, env=ENV)
    for path in sorted(made.iterdir()):
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


class Reader(html.parser.HTMLParser):
    """Nesting, identifiers, what refers to what, and what stands in the cells of tables."""

    VOID = {"meta", "br", "hr", "img", "link", "input", "path", "rect", "use", "circle", "line"}

    def __init__(self):
        super().__init__()
        self.open, self.ids, self.refs, self.tags = [], [], [], collections.Counter()
        self.headings, self.bad = [], []

    def handle_starttag(self, tag, attrs):
        a = dict(attrs)
        self.tags[tag] += 1
        if "id" in a:
            self.ids.append(a["id"])
        for k in ("aria-labelledby", "aria-describedby"):
            self.refs += a.get(k, "").split()
        if a.get("href", "").startswith("#"):
            self.refs.append(a["href"][1:])
        elif "href" in a or "src" in a or tag == "script":
            self.bad.append((tag, a))
        if tag == "th" and "scope" not in a:
            self.bad.append((tag, a))
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in self.VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in self.VOID:
            return
        assert self.open and self.open[-1] == tag, (tag, self.open[-5:])
        self.open.pop()


@pytest.mark.parametrize("lang", LANGS)
def test_page_is_whole(made, lang):
    text = (made / f"sample.{lang}.html").read_text(encoding="utf-8")
    r = Reader()
    r.feed(text)
    r.close()
    assert r.open == [] and r.bad == []
    assert f'<html lang="{lang}">' in text
    assert not [i for i, n in collections.Counter(r.ids).items()
                if n > 1 and not i.startswith("glyph") and "glyph" not in i]
    assert set(r.refs) <= set(r.ids)
    assert r.tags["caption"] == 2 and r.tags["svg"] == 3 and r.tags["desc"] == 3
    assert r.headings[0] == 1
    assert all(b - a <= 1 for a, b in zip(r.headings, r.headings[1:]))
    assert "http:" not in re.sub(r'http://(www\.w3\.org|example)', "", text)
    assert LETTERS in text


def sheets(made, lang):
    with zipfile.ZipFile(made / f"sample.{lang}.csv.zip") as z:
        assert z.testzip() is None
        return {n: z.read(n).decode("utf-8-sig") for n in z.namelist()}


@pytest.mark.parametrize("lang", LANGS)
def test_sheets_are_read(made, lang):
    files = sheets(made, lang)
    assert {"README.txt", "key-figures.csv", "availability-servers.csv", "incidents.csv",
            "nothing.csv", "chart-inlet.csv"} <= set(files)
    for name in files:
        if name != "README.txt":
            assert name in files["README.txt"]
    rows = list(csv.reader(io.StringIO(files["availability-servers.csv"], newline=""),
                           delimiter=";"))
    assert len(rows) == 1 + ROWS + 1
    assert {len(r) for r in rows} == {8}
    sign = "." if lang == "en" else ","
    for i, row in enumerate(rows[1:-1]):
        assert row[0].startswith(f"srv-{i:03d}")
        assert float(row[3].replace(sign, ".")) == pytest.approx(100 - i / 7, rel=1e-14)
        assert float(row[5].replace(sign, ".")) == i * 3671
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+04:00", row[6])
        assert row[7] == "" if i % 11 == 5 else float(row[7].replace(sign, ".")) == 1234.5 * i
    incidents = list(csv.reader(io.StringIO(files["incidents.csv"], newline=""), delimiter=";"))
    assert incidents[1][3] == "'=HYPERLINK(\"http://example\") \"quoted\"; semicolon"


def test_sheets_and_pdf_agree(made):
    """A number of the PDF is that of the CSV, rounded."""
    rows = list(csv.reader(io.StringIO(sheets(made, "az")["availability-servers.csv"], newline=""),
                           delimiter=";"))
    text = run("pdftotext", "-layout", made / "sample.az.pdf", "-")
    for row in rows[1:-1:37]:
        shown = f"{float(row[3].replace(',', '.')):.3f}".replace(".", ",")
        line = next(t for t in text.splitlines() if re.match(rf" *{row[0][:7]}\b", t))
        assert shown in line, (shown, line)


def test_bad_orders(tmp_path):
    """Wrong options end with a sentence and 1, and leave nothing behind."""
    conf = tmp_path / "collector.conf"
    conf.write_text("nonsense = 1;\n")
    for argv in (["-c", conf], ["-c", conf, "-p", "2026-10", "-l", "de", "-o", tmp_path / "r"],
                 ["-c", conf, "-p", "2026-10", "-o", tmp_path / "none" / "r"],
                 ["-c", conf, "-p", "2026-10", "-o", tmp_path / "r"]):
        r = subprocess.run([BUILD / "zonewatch-report", *argv], capture_output=True, text=True,
                           env=ENV)
        assert r.returncode == 1 and "zonewatch-report: " in r.stderr and r.stdout == ""
    assert [p.name for p in tmp_path.iterdir()] == ["collector.conf"]
