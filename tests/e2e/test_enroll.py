# SPDX-License-Identifier: GPL-3.0-or-later
"""How a machine comes to its certificate and keeps it, with the real agent: one line, whatever goes
wrong on the way; and the renewal, killed at many moments. What strangers can do to the collector is
in test_enroll_collector.py."""

import os
import pathlib
import pwd
import random
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import tempfile
import threading
import time

import dated
import pytest
from conftest import BUILD, PKI, wait_for

HERE, UNREACHABLE, UNTRUSTED, REFUSED = 1, 2, 3, 4


def site(rig, *nodes):
    """A collector that gives certificates, and nodes that have none."""
    for n in nodes:
        rig.nodes[n] = "A"
    rig.more_conf += '\nenroll = { ca_key = "pki/ca.key"; };'
    return rig.collector()


def invite(rig, node):
    out = rig.ctl("agent", "invite", node).stdout
    return dict(re.findall(r"--(collector|token|ca-hash) (\S+)", out))


def enroll(rig, asked, place="machine", data=None, env=None, program="zonewatch-agent", **other):
    """Runs the line; its files go below PLACE."""
    words = {**asked, "dir": rig.dir / place / "tls", **other}
    argv = [BUILD / program, "enroll", "-c", rig.dir / place / "agent.conf"]
    for k, v in words.items():
        if v is not None:
            argv += [f"--{k}", v]
    return subprocess.run(list(map(str, argv)), input=data, text=True, capture_output=True,
                          env={**rig.env, **(env or {})}, timeout=60)


def start(rig, place="machine", env=None):
    """The agent of a machine that enrolled."""
    conf = rig.dir / place / "agent.conf"
    if "spool" not in conf.read_text():
        with conf.open("a") as f:
            f.write(f'step = "1s";\nspool = {{ dir = "{rig.dir / place}/spool"; }};\n')
    return rig.start(f"agent-{place}", BUILD / "zonewatch-agent", "-f", "-c", conf, env=env)


def connected(rig, node):
    return rig.api(f"nodes/{node}")["connected"]


class Between(threading.Thread):
    """Who answers in the collector's place, with this certificate."""

    def __init__(self, pki):
        super().__init__(daemon=True)
        self.ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        (pki / "chain.crt").write_text((pki / "collector.crt").read_text() + (pki / "ca.crt").read_text())
        self.ctx.load_cert_chain(pki / "chain.crt", pki / "collector.key")
        self.ctx.set_alpn_protocols(["zonewatch-enroll/1"])
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = b""
        self.start()

    def run(self):
        while True:
            s, _ = self.listener.accept()
            try:
                with self.ctx.wrap_socket(s, server_side=True) as t:
                    self.heard += t.recv(65536)
            except OSError:
                pass


def test_one_line(rig):
    """The line makes key, certificate and configuration; the agent pushes. Again it does no harm."""
    site(rig, "here", "there")
    asked = invite(rig, "here")
    p = enroll(rig, asked)
    assert p.returncode == 0, p.stderr
    assert "this machine is here now" in p.stdout and "systemctl enable --now zonewatch-agent" in p.stdout
    tls = rig.dir / "machine" / "tls"
    assert sorted(f.name for f in tls.iterdir()) == ["agent.crt", "agent.key", "agent.key.token", "ca.crt"]
    assert stat.S_IMODE((tls / "agent.key").stat().st_mode) == 0o600
    assert (tls / "ca.crt").read_text() == (rig.dir / "pki" / "ca.crt").read_text()
    conf = rig.dir / "machine" / "agent.conf"
    assert stat.S_IMODE(conf.stat().st_mode) == 0o644
    assert asked["token"] not in conf.read_text() + p.stdout + p.stderr
    subprocess.run([BUILD / "zonewatch-agent", "-n", "-c", conf], check=True)
    a = start(rig)
    wait_for("its values", 15, lambda: connected(rig, "here") and
             rig.api("nodes/here")["series"])
    # Pasted twice: the key that used the invitation is answered, and nothing is undone.
    text = conf.read_text()
    p = enroll(rig, asked)
    assert p.returncode == 0, p.stderr
    assert "kept" in p.stdout and conf.read_text() == text
    os.kill(a.pid, signal.SIGHUP)
    wait_for("a session by the new files", 15,
             lambda: a.text().count("connected to") >= 2 and connected(rig, "here"))
    # Another machine with the same line is refused, and keeps nothing but a key of no use.
    p = enroll(rig, asked, place="other")
    assert p.returncode == REFUSED and "refuses" in p.stderr, p.stderr
    assert sorted(f.name for f in (rig.dir / "other" / "tls").iterdir()) == \
        ["agent.key.new", "agent.key.token"]
    assert not (rig.dir / "other" / "agent.conf").exists()
    # The token by standard input, where nobody else sees it.
    asked = invite(rig, "there")
    p = enroll(rig, {**asked, "token": None}, place="other", data=asked["token"] + "\n",
               **{"token-file": "-"})
    assert p.returncode == 0, p.stderr
    # Pasted at a terminal it is asked for.
    near, far = os.openpty()
    os.write(near, b"zwi-none\n")
    p = subprocess.run([BUILD / "zonewatch-agent", "enroll", "--collector", "127.0.0.1:1", "--ca-hash",
                        "sha256:" + "0" * 64, "--token-file", "-", "--dir", rig.dir / "no", "-c",
                        rig.dir / "no.conf"], stdin=far, capture_output=True, text=True, env=rig.env)
    os.close(near)
    os.close(far)
    assert p.stderr.startswith("Token: ") and p.returncode not in (0, 64), p.stderr


def test_whom_it_trusts(rig):
    """Only the collector of the invitation; each failure says what it is, and the token stays here."""
    site(rig, "here")
    asked = invite(rig, "here")
    p = enroll(rig, asked, **{"ca-hash": "sha256:" + "0" * 64})
    assert p.returncode == UNTRUSTED and "not one of the authority with this hash" in p.stderr, p.stderr
    p = enroll(rig, asked, **{"ca-hash": "sha256:12"})
    assert p.returncode == 64 and "no hash" in p.stderr
    # In between with an authority of his own; and with ours, but as another host.
    for words, why in ((("localhost", "127.0.0.1"), "not one of the authority"),
                       (("elsewhere.example",), "but for elsewhere.example")):
        own = rig.dir / f"between-{words[0]}"
        if len(words) == 1:
            own.mkdir()
            for f in ("ca.crt", "ca.key"):
                (own / f).write_bytes((rig.dir / "pki" / f).read_bytes())
                (own / f).chmod(0o600)
        for verb in (["init"], ["collector", *words]):
            subprocess.run(["sh", str(PKI), str(own), *verb], check=True, capture_output=True)
        man = Between(own)
        p = enroll(rig, asked, collector=f"127.0.0.1:{man.port}")
        assert p.returncode == UNTRUSTED and why in p.stderr, p.stderr
        assert "token was not sent" in p.stderr and man.heard == b""
    # Nobody there; nothing that speaks TLS.
    with socket.create_server(("127.0.0.1", 0)) as s:
        free = s.getsockname()[1]
    p = enroll(rig, asked, collector=f"127.0.0.1:{free}")
    assert p.returncode == UNREACHABLE and "cannot be reached" in p.stderr, p.stderr
    p = enroll(rig, asked, collector=f"127.0.0.1:{rig.web_port}")
    assert p.returncode == UNTRUSTED, p.stderr
    p = enroll(rig, asked, collector="nowhere.invalid:7481")
    assert p.returncode == UNREACHABLE and "no address" in p.stderr, p.stderr
    # A token that is none is refused with a text that does not help to guess.
    p = enroll(rig, asked, token="zwi-" + "A" * 43)
    assert p.returncode == REFUSED, p.stderr
    # And the right line still works.
    p = enroll(rig, asked)
    assert p.returncode == 0, p.stderr
    # Now nobody is invited, so nobody is listened to.
    p = enroll(rig, asked, place="late")
    assert p.returncode == REFUSED and ("takes in nobody" in p.stderr or "refuses" in p.stderr), p.stderr


def test_token_is_not_in_sight(rig):
    """The list of processes shows it for a moment only."""
    with socket.create_server(("127.0.0.1", 0)) as s:
        token = "zwi-" + "B" * 43
        p = subprocess.Popen([BUILD / "zonewatch-agent", "enroll", "--collector",
                              f"127.0.0.1:{s.getsockname()[1]}", f"--token={token}", "--ca-hash",
                              "sha256:" + "0" * 64, "--dir", rig.dir / "m", "-c", rig.dir / "m.conf"],
                             stderr=subprocess.DEVNULL)
        try:
            s.accept()
            for f in ("cmdline", "environ"):
                try:
                    assert token.encode() not in pathlib.Path(f"/proc/{p.pid}/{f}").read_bytes()
                except PermissionError:
                    pass
        finally:
            p.kill()
            p.wait()


def machine(rig, node, begins, ends):
    """A machine whose certificate has these dates; its files as enrolment leaves them."""
    place = rig.dir / "machine"
    (place / "tls").mkdir(parents=True, exist_ok=True)
    for f in (place / "tls").iterdir():
        f.unlink()
    dated.node(rig.dir / "pki", place / "tls" / "agent", node, begins=begins, ends=ends)
    (place / "tls" / "ca.crt").write_bytes((rig.dir / "pki" / "ca.crt").read_bytes())
    (place / "agent.conf").write_text(f"""
collectors = [ "127.0.0.1:{rig.agent_port}" ];
step = "1s";
spool = {{ dir = "{place}/spool"; }};
tls = {{ ca = "{place}/tls/ca.crt"; cert = "{place}/tls/agent.crt"; key = "{place}/tls/agent.key"; }};
sources = {{ off = [ "disk", "network", "filesystem" ]; }};
""")
    return place


def days_left(crt):
    end = dated.run("x509", "-in", crt, "-noout", "-enddate", cwd="/").decode().split("=", 1)[1].strip()
    return (ssl.cert_time_to_seconds(end) - time.time()) / 86400


def test_renews_itself(rig):
    """A certificate that ends in seconds is replaced over the session; no sample is lost, and the
    agent is at work long after the old one ended."""
    c = site(rig, "here")
    place = machine(rig, "here", -20, 10)
    begun = int(time.time())
    a = start(rig)
    wait_for("a session", 10, lambda: connected(rig, "here"))
    assert days_left(place / "tls" / "agent.crt") < 1
    wait_for("the renewal", 25, lambda: days_left(place / "tls" / "agent.crt") > 89)
    wait_for("a new session", 10, lambda: a.text().count("connected to") >= 2 and connected(rig, "here"))
    assert "renewed" in a.text() and sorted(f.name for f in (place / "tls").iterdir()) == \
        ["agent.crt", "agent.key", "ca.crt"]
    # What it renewed itself is no news to a reload.
    os.kill(a.pid, signal.SIGHUP)
    wait_for("a reload", 10, lambda: "nothing changed" in a.text())
    assert a.text().count("connected to") == 2
    time.sleep(max(0, begun + 10.5 - time.time()))
    # The old one ended. A collector that begins anew sees the new one only.
    c.kill()
    c = rig.collector()
    wait_for("a session with the new one", 15, lambda: connected(rig, "here"))
    wait_for("all delivered", 15, lambda: rig.flush() or rig.fetch(
        "here", "agent", int(time.time()) - 3, int(time.time()) - 2))
    end = int(time.time()) - 3
    rows = rig.fetch("here", "agent", begun + 2, end)
    missing = [t for t in range(begun + 3, end) if t not in rows]
    assert not missing, f"{missing} of {begun + 3}..{end}"
    assert any(e["code"] == "certificate-renewed" for e in rig.api("events")["events"])
    left = {t: v["cert_left"] for t, v in rows.items()}
    assert left[end - 1] > 89
    # Taken back: cut at once, and out.
    rig.ctl("agent", "revoke", "here")
    wait_for("the end", 10, lambda: not connected(rig, "here"))
    time.sleep(1.5)
    assert not connected(rig, "here") and a.alive()


def test_cannot_write_cannot_renew(rig):
    """A process that may not replace its certificate says so once, and works on."""
    if os.geteuid() == 0:
        run = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    else:
        run = []
    site(rig, "here")
    place = machine(rig, "here", -1000, 500)
    rig.dir.chmod(0o755)
    for p in (place, *rig.dir.parents[:3]):
        p.chmod(p.stat().st_mode | 0o055)
    (place / "spool").mkdir()
    for f in (place / "spool", place / "tls" / "agent.key"):
        if run:
            os.chown(f, 65534, 65534)
    (place / "tls").chmod(0o555)
    a = rig.start("agent-here", *run, BUILD / "zonewatch-agent", "-f", "-c", place / "agent.conf")
    wait_for("a session", 10, lambda: connected(rig, "here"))
    wait_for("that it is said", 5, lambda: "does not renew itself" in a.text())
    time.sleep(1)
    assert a.text().count("does not renew itself") == 1
    assert days_left(place / "tls" / "agent.crt") < 1
    (place / "tls").chmod(0o755)


def test_killed_while_renewing(rig):
    """Killed at any moment of a renewal the agent has a certificate that serves when it is back."""
    site(rig, "here")
    dice = random.Random(os.environ.get("ZW_SEED", "7"))
    conf = machine(rig, "here", -60, 30) / "agent.conf"
    tls = conf.parent / "tls"
    moments = {"before": 0, "key": 0, "certificate": 0}
    for i in range(3):
        machine(rig, "here", -60, 29)
        began = {f.name: f.stat().st_ino for f in tls.iterdir()}
        p = subprocess.Popen([BUILD / "zonewatch-agent", "-f", "-c", conf], env=rig.env,
                             stderr=subprocess.DEVNULL)
        what = dice.choice(["agent.key.new", "agent.crt", "agent.key", ""])
        until = time.monotonic() + (10 if what else dice.random() * 3)
        while time.monotonic() < until:
            try:
                if what and (tls / what).stat().st_ino != began.get(what):
                    break
            except FileNotFoundError:
                pass
            time.sleep(0.0003)  # the processor is for the agent
        time.sleep(dice.random() * 0.002)
        p.kill()
        p.wait()
        now = {f.name: f.stat().st_ino for f in tls.iterdir()}
        moments["certificate" if now["agent.crt"] != began["agent.crt"] else
                "key" if "agent.key.new" in now else "before"] += 1
        # What is there serves, as the daemon finds it at its start.
        p = subprocess.run([BUILD / "zonewatch-agent", "-n", "-c", conf], env=rig.env, text=True,
                           capture_output=True)
        assert p.returncode == 0, (i, what, sorted(now), p.stderr)
    assert moments["certificate"] + moments["key"] > 0, moments
    machine(rig, "here", -60, 3600)
    start(rig)
    wait_for("a session", 15, lambda: connected(rig, "here"))


def test_root_does_nothing_in_the_services_directory():
    """As root: in a directory of the service's user, names mean what that user likes. A link there
    must not lead root to give that user a directory somewhere else; where nothing is in the way,
    the files' directory is made, and is that user's."""
    if os.geteuid() != 0:
        pytest.skip("root alone makes directories for others")
    user = pwd.getpwnam("nobody")
    tmp_path = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        os.chmod(tmp_path, 0o755)
        service, roots = tmp_path / "service", tmp_path / "roots"
        for d in (service, roots):
            d.mkdir(mode=0o755)
        os.chown(service, user.pw_uid, user.pw_gid)
        (service / "tls").symlink_to(roots)

        def run(where):
            return subprocess.run(
                [BUILD / "zonewatch-agent", "enroll", "-c", tmp_path / "agent.conf", "--user", "nobody",
                 "--collector", "127.0.0.1:9", "--token", "zwi-x", "--ca-hash", "sha256:" + "0" * 64,
                 "--dir", where], text=True, capture_output=True, timeout=60)
        p = run(service / "tls" / "agent")
        assert p.returncode == HERE and "cannot make" in p.stderr, p.stderr
        assert not list(roots.iterdir())
        for good in (service / "a" / "b", tmp_path / "new" / "a" / "b"):
            p = run(good)
            assert p.returncode == UNREACHABLE, p.stderr
            assert good.stat().st_uid == user.pw_uid and stat.S_IMODE(good.stat().st_mode) == 0o700
    finally:
        shutil.rmtree(tmp_path)
