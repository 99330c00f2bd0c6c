# SPDX-License-Identifier: GPL-3.0-or-later
"""Graphite's wire as Grafana's built-in data source speaks it."""

import json
import time
import urllib.parse
import urllib.request

import pytest

from conftest import wait_for


@pytest.fixture
def site(rig):
    rig.node("srv1", "srv2", zone="A")
    rig.node("srv3", zone="B")
    rig.collector()
    rig.sim()
    wait_for("values of three", 20,
             lambda: len({v["node"] for v in rig.api("last")["values"]} - {"site"}) >= 3)
    time.sleep(8)
    return rig


def get(site, path, **params):
    status, headers, body = site.request(f"{path}?{urllib.parse.urlencode(params, doseq=True)}")
    return status, json.loads(body)


def post(site, path, **params):
    """As Grafana asks: a form."""
    r = urllib.request.Request(
        f"http://127.0.0.1:{site.web_port}{path}", method="POST",
        data=urllib.parse.urlencode(params, doseq=True).encode(),
        headers={"Authorization": f"Bearer {site.token}",
                 "Content-Type": "application/x-www-form-urlencoded"})
    with urllib.request.urlopen(r, timeout=20) as a:
        return a.status, json.loads(a.read())


def test_find(site):
    # The health check of Grafana, and its tree of names.
    status, found = get(site, "/metrics/find", query="*")
    assert status == 200 and [f["text"] for f in found] == ["A", "B", "C", "D", "site"]
    assert all(f["expandable"] == 1 and f["leaf"] == 0 for f in found)
    status, found = post(site, "/metrics/find", query="A.*")
    assert [f["text"] for f in found] == ["srv1", "srv2"]
    assert found[0]["id"] == "A.srv1"
    series = [f["text"] for f in get(site, "/metrics/find", query="A.srv1.*")[1]]
    assert {s["name"].replace(".", ":") for s in site.api("series?node=srv1")["series"]} \
        == set(series)
    fields = get(site, "/metrics/find", query=f"A.{{srv1,srv2}}.{series[0]}.*")[1]
    assert all(f["leaf"] == 1 for f in fields) and fields[0]["id"].count(".") == 3
    assert get(site, "/metrics/find", query="no.such")[1] == []
    assert get(site, "/metrics/find", query="a.b.c.d.e")[1] == []
    assert get(site, "/functions") == (200, {})
    assert get(site, "/version")[0] == 200
    assert site.request("/metrics/find?query=*", token="wrong")[0] == 401


def test_render(site):
    load = next(s for s in site.api("series?node=srv1")["series"] if s["source"] == "load")
    series, field = load["name"].replace(".", ":"), load["fields"][0]["name"]
    site.flush()
    status, lines = post(site, "/render", target=[f"A.srv1.{series}.{field}"], **{
        "from": "-2min", "until": "now", "format": "json", "maxDataPoints": "1000"})
    assert status == 200 and len(lines) == 1
    points = lines[0]["datapoints"]
    assert lines[0]["target"] == f"A.srv1.{series}.{field}"
    steps = {b[1] - a[1] for a, b in zip(points, points[1:])}
    assert len(steps) == 1 and 100 <= points[-1][1] - points[0][1] <= 130
    # The same values at the same times as rrdtool says.
    real = site.fetch("srv1", load["name"], int(points[0][1]), int(points[-1][1]) + 1)
    known = {t: v for v, t in points if v is not None}
    assert len(known) >= 4
    step = steps.pop()
    assert step == 1
    for t, v in known.items():  # a row of rrdtool is named by its end
        assert real[t + step][field] == pytest.approx(v, rel=1e-6), t

    def line(target, **more):
        status, lines = get(site, "/render", target=target, **{"from": "-1min", **more})
        assert status == 200, lines
        return lines
    path = f"A.*.{series}.{field}"
    assert [x["target"] for x in line(f"aliasByNode({path},1)")] == ["srv1", "srv2"]
    assert [x["target"] for x in line(f"alias(sumSeries({path}),'all of A')")] == ["all of A"]
    # Sum, mean and extremes are those of the lines of the same moments.
    lines = line([path, f"sumSeries({path})", f"averageSeries({path})", f"maxSeries({path})",
                  f"minSeries({path})", f"scale(offset(A.srv1.{series}.{field},1),10)"])
    assert len(lines) == 7
    one, two, total, mean, most, least, scaled = ({t: v for v, t in x["datapoints"]}
                                                  for x in lines)
    both = [t for t in one if one[t] is not None and two[t] is not None]
    assert both
    for t in both:
        assert total[t] == pytest.approx(one[t] + two[t])
        assert mean[t] == pytest.approx((one[t] + two[t]) / 2)
        assert (most[t], least[t]) == (max(one[t], two[t]), min(one[t], two[t]))
        assert scaled[t] == pytest.approx((one[t] + 1) * 10)
    (summary,) = line(f"summarize(A.srv1.{series}.{field},'10s','max')")
    times = [t for _, t in summary["datapoints"]]
    assert all(t % 10 == 0 for t in times) and {b - a for a, b in zip(times, times[1:])} == {10}
    assert max(v for v, _ in summary["datapoints"] if v is not None) \
        == pytest.approx(max(v for v in line(f"A.srv1.{series}.{field}")[0]["datapoints"][0:0]
                             + [v for v in one.values() if v is not None]), rel=0.5)
    assert len(line(path, maxDataPoints=5)[0]["datapoints"]) <= 7
    assert line("no.such.thing.here") == []


def test_bounds(site):
    for bad in ("scale(", "nothing(a)", "alias(A.*.*.*)", "A.*.*.*,", "(" * 500,
                "sumSeries(" * 20 + "a" + ")" * 20, "a" * 2000):
        status, answer = get(site, "/render", target=bad)
        assert status == 400 and answer["error"]["code"] == "bad-parameter", bad
    assert get(site, "/render")[0] == 400
    assert get(site, "/render", target=["A.srv1.x.y"] * 17)[0] == 400
    assert get(site, "/render", target="A.b.c.d", **{"from": "yesterday"})[0] == 400
    assert get(site, "/render", target="A.b.c.d", format="png")[0] == 400
    assert get(site, "/render", target=[f"sumSeries({'*.*.*.*,' * 50}*.*.*.*)"] * 3)[0] == 400
    assert site.api("health")["status"] == "ok"
