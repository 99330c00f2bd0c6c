# SPDX-License-Identifier: GPL-3.0-or-later
"""Streams of what changes: from a sample to the event, through a restart, beside one who does not
read, and as many as are allowed."""

import http.client
import json
import socket
import time

import pytest

from conftest import wait_for


class Follower:
    """One stream."""

    def __init__(self, rig, topic, timeout=10, headers=None):
        self.c = http.client.HTTPConnection("127.0.0.1", rig.web_port, timeout=timeout)
        self.c.request("GET", f"/api/v1/live?topic={topic}",
                       headers=headers or {"Authorization": f"Bearer {rig.token}"})
        self.answer = self.c.getresponse()
        self.status = self.answer.status

    def event(self):
        """The next event: (name, data)."""
        name = data = None
        while True:
            line = self.answer.fp.readline()
            # Chunks' lengths stand between the events.
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: "):
                data = json.loads(line[6:])
            elif name and line == b"\n":
                return name, data
            elif line in (b"", b"0\r\n"):
                raise EOFError

    def state(self):
        while True:
            name, data = self.event()
            if name == "state":
                return data

    def close(self):
        self.c.close()


@pytest.fixture
def running(rig):
    rig.node("srv-01", "srv-02")
    rig.rules = ('{ name = "hot"; kind = "threshold"; source = "air"; field = "inlet"; '
                 'above = 30.0; clear = 29.0; severity = "critical"; title = "Hot"; }')
    rig.collector()
    return rig


def test_first_all_then_changes(running):
    rig = running
    f = Follower(rig, "node:srv-01")
    assert f.status == 200 and f.answer.headers["Content-Type"] == "text/event-stream"
    first = f.state()
    assert first["full"] and list(first["set"]) == ["page"] and first["drop"] == []
    assert f.event()[0] == "beat"
    rig.agent("srv-01")
    rig.agent("srv-02")
    wait_for("values", 20, lambda: any(
        n["state"] == "ok" for n in rig.api("nodes?node=srv-01")["nodes"]))
    change = f.state()
    assert not change["full"] and change["set"]["page"] != first["set"]["page"]
    # At a step of 1 s, several changes follow within a few seconds.
    begin = time.monotonic()
    for _ in range(3):
        f.state()
    assert time.monotonic() - begin < 6
    f.close()
    rig.end()


def test_what_there_is_to_follow(running):
    rig = running
    for topic in ("problems", "links", "silences", "system", "reports", "zone:A", "zone:site",
                  "node:srv-01", "incident:1"):
        f = Follower(rig, topic)
        assert f.status == 200, topic
        assert f.state()["full"], topic
        f.close()
    for topic, status in (("", 404), ("nosuch", 404), ("zone:Z", 404), ("node:x", 404),
                          ("incident:x", 404), ("problems:x", 404), ("node:" + "a" * 600, 404)):
        f = Follower(rig, topic)
        assert f.status == status, topic
        f.close()
    rig.end()


def test_restart_and_limit(running):
    rig = running
    rig.more_conf = ""
    f = Follower(rig, "problems")
    f.state()
    rig.c.stop()
    with pytest.raises((EOFError, OSError)):
        while True:
            f.event()
    write = rig.write_conf

    def write_conf():
        write()
        path = rig.dir / "collector.conf"
        path.write_text(path.read_text().replace('token_file = "token";',
                                                 'token_file = "token"; max_streams = 3;'))
    rig.write_conf = write_conf
    rig.collector()
    all_of_them = [Follower(rig, "problems") for _ in range(3)]
    for f in all_of_them:
        assert f.state()["full"]
    f = Follower(rig, "problems")
    assert f.status == 503 and int(f.answer.headers["Retry-After"]) > 0
    all_of_them.pop().close()

    def admitted():
        f = Follower(rig, "problems")
        ok = f.status == 200
        f.close()
        return ok
    wait_for("a free place", 5, admitted)
    for f in all_of_them:
        f.close()
    rig.end()


def test_one_who_sends_on(running):
    """A follower who floods his own connection is not read without end, and harms nobody."""
    rig = running
    s = socket.create_connection(("127.0.0.1", rig.web_port))
    s.sendall(f"GET /api/v1/live?topic=problems HTTP/1.1\r\nHost: localhost\r\n"
              f"Authorization: Bearer {rig.token}\r\n\r\n".encode())
    assert s.recv(4000).startswith(b"HTTP/1.1 200")
    s.settimeout(3)
    sent = 0
    with pytest.raises(OSError):
        while sent < 64 << 20:
            sent += s.send(b"x" * 65536)
    assert sent < 16 << 20
    assert rig.api("health")["status"] == "ok"
    s.close()
    f = Follower(rig, "problems")
    assert f.state()["full"]
    f.close()
    rig.end()


def test_a_second_from_sample_to_event(running):
    """From the moment at which an agent takes a sample to the event that tells of it."""
    rig = running
    rig.agent("srv-01")
    wait_for("values", 20, lambda: any(
        n["state"] == "ok" for n in rig.api("nodes?node=srv-01")["nodes"]))
    f = Follower(rig, "node:srv-01")
    f.state()
    late = []
    for _ in range(8):
        f.state()
        told = time.time()
        late.append(told - max(s["time_s"] for s in rig.api("last?node=srv-01")["values"]))
    f.close()
    # The sample's own second may have begun up to a second before it was taken.
    assert sorted(late)[len(late) // 2] < 1.5, late
    print("seconds from the sample's second to the event:", [round(x, 2) for x in late])
    rig.end()


def sign_in(rig, name):
    """A viewer with a password; its cookie."""
    origin = f"http://127.0.0.1:{rig.web_port}"

    def post(path, form, headers):
        c = http.client.HTTPConnection("127.0.0.1", rig.web_port, timeout=20)
        c.request("POST", path, form, headers | {
            "Content-Type": "application/x-www-form-urlencoded"})
        a = c.getresponse()
        body = a.read()
        c.close()
        return a.headers, body

    token = {"Authorization": f"Bearer {rig.token}"}
    link = json.loads(post("/api/v1/users", f"name={name}&role=viewer", token)[1])["link"]
    word = "password=long+enough+1&again=long+enough+1"
    headers, _ = post("/login", f"link={link.split('link=')[1]}&{word}", {"Origin": origin})
    return headers["Set-Cookie"].split(";")[0], lambda path, form="": post(path, form, token)


def test_who_is_signed_out_follows_no_more(running):
    """A stream ends with what it was opened by: the account, its role, the token."""
    rig = running
    cookie, post = sign_in(rig, "vera")
    role, post = sign_in(rig, "rosa")
    made = json.loads(post("/api/v1/tokens", "name=screen&role=wall")[1])["token"]
    short = json.loads(post("/api/v1/tokens", "name=brief&role=wall&ends=3s")[1])["token"]
    stays = Follower(rig, "problems")
    followers = [Follower(rig, "problems", headers={"Cookie": cookie}),
                 Follower(rig, "problems", headers={"Cookie": role}),
                 Follower(rig, "wall", headers={"Authorization": f"Bearer {made}"}),
                 Follower(rig, "wall", headers={"Authorization": f"Bearer {short}"})]
    assert [f.status for f in followers] == [200] * 4
    post("/api/v1/users/vera/remove")
    post("/api/v1/users/rosa/role", "role=operator")
    post("/api/v1/tokens/screen/remove")
    begin = time.monotonic()
    for f in followers:
        with pytest.raises(EOFError):
            while time.monotonic() - begin < 8:
                f.event()
    stays.event()
    stays.close()
    rig.end()


def test_a_link_makes_nobody_a_wall(running):
    """A foreign page's link with a wall's token takes nobody's session away."""
    rig = running
    cookie, post = sign_in(rig, "vera")
    made = json.loads(post("/api/v1/tokens", "name=screen&role=wall")[1])["token"]
    bare = {"Authorization": ""}
    for path in (f"/wall?token={made}", f"/login?token={made}", f"/%6cogin?x=1&token={made}"):
        # It comes without the strict cookie, and is sent on from here, with it.
        status, headers, body = rig.request(path, headers=bare | {"Cookie": "zw_here=1"})
        assert status == 200 and b'http-equiv="refresh"' in body, path
        assert [c.split("=")[0] for c in headers.get_all("Set-Cookie")] == ["zw_tried"], path
    both = bare | {"Cookie": f"zw_here=1; zw_tried=1; {cookie}"}
    status, headers, body = rig.request(f"/wall?token={made}", headers=both)
    assert status == 200 and headers["Set-Cookie"] is None
    c = http.client.HTTPConnection("127.0.0.1", rig.web_port, timeout=10)
    c.request("GET", f"/login?token={made}", headers=both)
    answer = c.getresponse()
    assert answer.status == 303 and answer.headers["Set-Cookie"] is None
    c.close()
    # Whose session is over gets in by the token.
    status, headers, _ = rig.request(f"/wall?token={made}",
                                     headers=bare | {"Cookie": "zw_here=1; zw_tried=1"})
    assert status == 200 and headers["Set-Cookie"].startswith("zonewatch=")
    rig.end()
