# SPDX-License-Identifier: GPL-3.0-or-later
"""Recordings of real devices, served over SNMP, polled by the real gateway: each value, state and
absence against the checked truth. The recordings are not part of the project; without them the
test is skipped."""

import csv
import json

import pytest

from conftest import BUILD, ROOT, free_port, wait_for

RECORDINGS = ROOT.parent / "shared" / "recordings"


def expected():
    return sorted(RECORDINGS.glob("*.expected.tsv")) if RECORDINGS.is_dir() else []


def judge(row, found):
    """What is wrong with the values of one OID; "" if one of them is right."""
    if row["status"] == "na":
        bad = [v for v in found if v["status"] == "ok"]
        return f"has a value {bad[0]['value']} and should have none" if bad else ""
    if row["status"] == "suspect":
        return ""
    if not found:
        return "is not read"
    text, _, severity = row["state/severity"].partition("/")
    for v in found:
        if row["class"] == "state":
            raw_right = v["raw"] == row["raw"] or v["value"] == float(row["truth"] or "nan")
            absent = severity == "unknown" and v["status"] in ("none", "missing")
            if absent or (raw_right and (severity in ("", v["severity"]))):
                return ""
            continue
        truth = float(row["truth"])
        if v["status"] == "ok" and abs(v["value"] - truth) <= max(abs(truth) * 0.005, 1e-9):
            return ""
    v = found[0]
    return (f"is {v['value']} {v['unit']} ({v['status']}, {v['state']}/{v['severity']}), expected "
            f"{row['truth']} {row['unit']} {row['state/severity']}")


@pytest.mark.parametrize("path", expected() or [None], ids=lambda p: p.name if p else "none")
def test_recording(rig, path):
    if path is None:
        pytest.skip("no recordings here")
    name = path.name.removesuffix(".expected.tsv")
    at = free_port()
    rig.start("agent", BUILD / "zonewatch-sim", "--replay", RECORDINGS / f"{name}.snmprec",
              f"127.0.0.1:{at}")
    rig.secret("community", "public")
    rig.gateway("gw", f"""
profile_dirs = [ "{ROOT}/conf/profiles" ];
credentials = ( {{ name = "c"; version = "v2c"; community_file = "community"; }} );
devices = ( {{ node = "box"; address = "127.0.0.1:{at}"; credential = "c"; }} );
""", ["box"])

    def polled():
        p = rig.ctl("snmp", "show", "box", "--json", check=False)
        d = json.loads(p.stdout) if p.returncode == 0 else {"values": []}
        return d if d["values"] and all(v["age_s"] is not None for v in d["values"]) else None

    device = wait_for("poll", 60, polled)
    by_oid = {}
    for v in device["values"]:
        by_oid.setdefault(v["oid"], []).append(v)
    with open(path) as f:
        rows = list(csv.DictReader((line.lstrip("#") for line in f), delimiter="\t"))
    wrong = [f"{r['oid']} ({r['class']} {r['descr']}) {why}" for r in rows
             if (why := judge(r, by_oid.get(r["oid"], [])))]
    assert not wrong, "\n".join(wrong)
    assert len(rows) > 5
