# SPDX-License-Identifier: GPL-3.0-or-later
"""The API against its own description: every answer of a running collector is what the OpenAPI
document says, member by member, and lists come whole in pages."""

import json
import time

import pytest

from conftest import wait_for

jsonschema = pytest.importorskip("jsonschema")


def strict(schemas):
    """The schemas with no members but those that they name."""
    for s in schemas.values():
        if s.get("type") == "object" and "properties" in s:
            s["additionalProperties"] = False
    return schemas


@pytest.fixture
def site(rig):
    rig.node("srv1", "srv2", zone="A")
    rig.node("srv3", zone="B")
    rig.nodes["gone"] = "C"
    rig.rules = """
  { name = "high"; kind = "threshold"; title = "Warm"; source = "load"; field = "*";
    above = -1.0; clear = -2.0; severity = "warning"; },
  { name = "silent"; kind = "no-data"; title = "Silent"; after = "3s"; severity = "critical"; }
"""
    rig.collector()
    del rig.nodes["gone"]
    rig.sim()
    wait_for("values of three", 20,
             lambda: len({v["node"] for v in rig.api("last")["values"]} - {"site"}) >= 3)
    return rig


def checker(doc, name):
    cls = jsonschema.Draft202012Validator
    return cls({"$ref": f"#/components/schemas/{name}", "components":
                {"schemas": strict(doc["components"]["schemas"])}})


def everything(site, doc):
    """(path, schema) of all that can be asked by GET."""
    incident = site.api("incidents")["incidents"]
    fill = {"/zones/{name}": "A", "/nodes/{name}": "srv1",
            "/incidents/{name}": incident[0]["id"] if incident else None}
    some = site.api("series?node=srv1")["series"][0]["name"]
    more = {"/graph": f"series=srv1/{some}&format=json", "/values": f"series=srv1/{some}",
            "/series/find": "q=cpu", "/silences/preview": "zone=A",
            "/marks": "node=srv1&last=1h"}
    for path, item in doc["paths"].items():
        row = item.get("get")
        if row is None:
            continue
        schema = row["responses"]["200"].get("content", {}).get("application/json", {}) \
            .get("schema", {}).get("$ref", "").rpartition("/")[2]
        if not schema:
            continue
        short = path.removeprefix("/api/v1")
        if "{name}" in path:
            if fill.get(short) is None:
                continue
            path = path.replace("{name}", str(fill[short]))
        yield path + ("?" + more[short] if short in more else ""), schema


def test_document(site):
    doc = site.api("openapi.json")
    assert doc["openapi"].startswith("3.1")
    for name, schema in doc["components"]["schemas"].items():
        jsonschema.Draft202012Validator.check_schema(schema)
        assert set(schema["required"]) <= set(schema["properties"]), name
    text = json.dumps(doc)
    for ref in set(text.split('"$ref": "')[1:]):
        name = ref.split('"')[0].removeprefix("#/components/schemas/")
        assert name in doc["components"]["schemas"], name
    # The list of routes and the document are of the same.
    told = {(r["method"].lower(), r["path"].replace("{}", "{name}", 1).replace("{}", "{file}"))
            for r in site.api("")["routes"]}
    assert told == {(m, p) for p, item in doc["paths"].items() for m in item}
    for path, item in doc["paths"].items():
        for row in item.values():
            assert row["summary"] and {"200", "202"} & set(row["responses"]), path
            names = [p["name"] for p in row.get("parameters", [])]
            assert len(names) == len(set(names)), path
            assert ("name" in names) == ("{name}" in path), path


def test_answers(site):
    """Each answer, with alerts, an incident, acts, a silence and a node that is silent."""
    incident = wait_for("incident", 30, lambda: site.api("incidents")["incidents"])[0]
    site.ctl("ack", incident["id"], "--author", "tester", "--comment", "looking")
    site.ctl("comment", incident["id"], "on my way", "--author", "tester")
    site.ctl("silence", "add", "--zone", "B", "--rule", "high", "--for", "1h", "--author",
             "tester", "--reason", "test")
    doc = site.api("openapi.json")
    asked = []
    for path, name in everything(site, doc):
        status, headers, body = site.request(path)
        assert status == 200, f"{path}: {status} {body[:300]}"
        assert headers["Content-Type"] == "application/json", path
        errors = [f"{path} {list(e.absolute_path)}: {e.message[:200]}"
                  for e in checker(doc, name).iter_errors(json.loads(body))]
        assert not errors, "\n".join(errors[:10])
        asked.append(name)
    assert {"Zones", "Nodes", "NodeWhole", "Alerts", "IncidentWhole", "Stats", "Rules", "Last",
            "Silences", "Health", "Status", "Values", "Rows", "Storage"} <= set(asked)
    errors = list(checker(doc, "Rules").iter_errors(site.api("rules?node=srv1")))
    assert not errors, errors[:3]
    for path, want in (("nodes/none", 404), ("nodes?state=bad", 400), ("alerts?limit=0", 400),
                       ("series?after=nowhere", 404)):
        status, _, body = site.request(f"/api/v1/{path}")
        assert status == want
        assert not list(checker(doc, "Error").iter_errors(json.loads(body))), path


def whole(site, path, key):
    """All items of a list, page by page."""
    items, pages = [], 0
    address = f"/api/v1/{path}"
    while address:
        status, _, body = site.request(address)
        assert status == 200, (address, body)
        answer = json.loads(body)
        items += answer[key]
        address = answer["next"]
        pages += 1
        assert pages < 1000
    return items, pages


def test_paging(site):
    wait_for("alerts", 30, lambda: len(site.api("alerts")["alerts"]) >= 3)
    for path, key, name in (("nodes", "nodes", lambda n: n["name"]),
                            ("series", "series", lambda s: (s["node"], s["name"])),
                            ("last", "values", lambda v: (v["node"], v["series"], v["field"])),
                            ("alerts", "alerts", lambda a: a["id"]),
                            ("incidents", "incidents", lambda i: i["id"])):
        # What is there at once is there in pages, in the same order, each once.
        want = [name(i) for i in site.api(path)[key]]
        got, pages = whole(site, f"{path}?limit=1", key)
        if key not in ("alerts", "incidents"):
            assert [name(i) for i in got] == want, path
        else:
            assert len({name(i) for i in got}) == len(got) >= len(want) - 1
        assert pages >= min(len(want), 2), path
    got, _ = whole(site, "series?node=srv1&limit=2", "series")
    assert {s["node"] for s in got} == {"srv1"} and len(got) > 2
    # zonewatchctl sees all, whatever a page holds.
    all_values = json.loads(site.ctl("last", "--json").stdout)
    assert all_values["next"] is None
    assert len(all_values["values"]) == len(whole(site, "last?limit=10", "values")[0])


def test_filters(site):
    alerts = wait_for("alerts", 30, lambda: [a for a in site.api("alerts")["alerts"]
                                             if a["rule"] == "high"])
    assert {a["severity"] for a in site.api("alerts?severity=warning&state=firing")["alerts"]} \
        == {"warning"}
    assert site.api("alerts?severity=info")["alerts"] == []
    assert {a["rule"] for a in site.api("alerts?q=warm")["alerts"]} == {"high"}
    assert site.api("alerts?q=nothing-like-it")["alerts"] == []
    assert {n["name"] for n in site.api("nodes?q=SRV")["nodes"]} == {"srv1", "srv2", "srv3"}
    assert {n["name"] for n in site.api("nodes?state=never-seen,no-data")["nodes"]} == {"gone"}
    assert {i["open"] for i in site.api("incidents?state=open")["incidents"]} == {True}
    assert alerts


def test_health(site):
    health = site.api("health")
    assert health["status"] == "ok"
    assert {p["name"]: p["status"] for p in health["parts"]} == {
        "store": "ok", "journal": "ok", "history": "ok", "mail": "off", "disk": "ok"}
    status, headers, body = site.request("/healthz", token="nobody")
    assert (status, body) == (200, b"ok\n")
    zone = site.api("zones/A")
    assert sorted(zone["members"]) == ["srv1", "srv2"] and zone["nodes"]["total"] == 2
    told = site.api("site")
    assert told["name"] == "Test site" and told["zones"] == ["A", "B", "C", "D"]
    assert told["timezone"] == "Asia/Baku" and abs(told["now_ms"] - time.time() * 1000) < 5000
