# SPDX-License-Identifier: GPL-3.0-or-later
"""The gateway's exec probes: Debian's Nagios plugins, and plugins that hang, fork, flood and die."""

import os
import pathlib
import subprocess
import time

import pytest

from proberig import FAST, drive, probe, web  # noqa: F401 (a fixture)

PLUGINS = pathlib.Path("/usr/lib/nagios/plugins")


def script(path, name, text):
    f = path / name
    f.write_text("#!/bin/sh\n" + text)
    f.chmod(0o755)
    return f


def command(node, *words, head=FAST, rest=""):
    return probe(node, "exec", "command = [ " + ", ".join(f'"{w}"' for w in words) + f" ]; {rest}",
                 head)


def children(pid):
    """Processes with this parent."""
    return subprocess.run(["ps", "--no-headers", "-o", "pid=", "--ppid", str(pid)],
                          capture_output=True, text=True).stdout.split()


@pytest.mark.skipif(not (PLUGINS / "check_load").exists(), reason="no monitoring-plugins-basic")
def test_debian_plugins(drive):
    with web() as (_, port):
        head = 'interval = "3s"; timeout = "2900ms";'
        run = drive([
            command("load", PLUGINS / "check_load", "-w", "500", "-c", "900", head=head),
            command("disk", PLUGINS / "check_disk", "-w", "0%", "-c", "0%", "-p", "/", head=head),
            command("http", PLUGINS / "check_http", "-I", "127.0.0.1", "-p", port, "-u", "/x",
                    head=head),
            command("tcp", PLUGINS / "check_tcp", "-H", "127.0.0.1", "-p", port, head=head),
            command("warning", PLUGINS / "check_dummy", "1", "so so", head=head),
            command("critical", PLUGINS / "check_dummy", "2", "bad", head=head),
            command("unknown", PLUGINS / "check_dummy", "3", "who knows", head=head),
            command("procs", PLUGINS / "check_procs", "-w", "100000", head=head),
            command("users", PLUGINS / "check_users", "-w", "1000", "-c", "2000", head=head)],
            seconds=4)
    v = run.values("load")
    assert v["up"] == 1 and v["status"] == 0 and {"load1", "load5", "load15"} <= set(v)
    assert v["load1"] == pytest.approx(os.getloadavg()[0], abs=1.5)
    v = run.values("disk")
    usage = os.statvfs("/")
    used = (usage.f_blocks - usage.f_bfree) * usage.f_frsize
    assert v["root"] == pytest.approx(used, rel=0.05) and run.of("disk")[-1]["units"]["root"] == "By"
    v = run.values("http")
    assert v["up"] == 1 and 0 <= v["time_2"] < 1, "the plugin's time beside the probe's"
    assert v["size"] > 16 and run.of("http")[-1]["units"]["time_2"] == "s"
    assert run.values("tcp")["up"] == 1
    assert (run.values("warning")["up"], run.values("warning")["status"]) == (1, 1)
    assert (run.values("critical")["up"], run.values("critical")["status"]) == (0, 2)
    assert (run.values("unknown")["up"], run.values("unknown")["status"]) == (None, 3)
    assert run.text("critical") == "CRITICAL: bad" and run.changes("critical") == [False]
    assert run.values("procs")["procs"] > 1 and run.values("users")["users"] >= 0


def test_bad_plugins(drive, tmp_path):
    """Hang, ignore SIGTERM, leave children, flood, die, are absent: each is told, none is left."""
    mark = f"zw{os.getpid()}"
    sleeper = f"exec -a {mark} sleep 60"
    hang = script(tmp_path, "hang", f"bash -c '{sleeper}' & wait\n")
    stubborn = script(tmp_path, "stubborn", f"trap '' TERM\nwhile :; do bash -c '{sleeper}'; done\n")
    leaves = script(tmp_path, "leaves", f"bash -c '{sleeper}' &\necho 'OK - left one | a=1'\n")
    flood = script(tmp_path, "flood", "exec yes 'a line of text | a=1'\n")
    much = script(tmp_path, "much", "echo 'OK - much | a=1'\nhead -c 3000000 /dev/zero\n")
    dies = script(tmp_path, "dies", "echo started\nkill -SEGV $$\n")
    odd = script(tmp_path, "odd", "printf 'odd \\033[2J\\377 | a=1\\n'\nexit 77\n")
    looks = script(tmp_path, "looks", "echo \"$(env | grep -v '^_=' | grep -v '^PWD=' |"
                   " sort | tr '\\n' ' ')$(readlink /proc/$$/fd/0) $PWD $1\"\n")
    files = tmp_path / "files"
    files.write_text("#!/usr/bin/python3\nimport os\n"
                     "print([os.readlink(f'/proc/self/fd/{i}') for i in range(3, 200)"
                     " if os.path.exists(f'/proc/self/fd/{i}')])\n")
    files.chmod(0o755)
    plain = tmp_path / "plain"
    plain.write_text("no program")
    head = 'interval = "1s"; timeout = "400ms";'
    run = drive([
        command("hang", hang, head=head), command("stubborn", stubborn, head=head),
        command("leaves", leaves), command("flood", flood), command("much", much),
        command("dies", dies), command("odd", odd), command("looks", looks, "a b; $HOME `id`"),
        command("files", files), command("absent", "/no/such/plugin"), command("plain", plain)], seconds=4.2)
    left = subprocess.run(["pgrep", "-f", f"^{mark}"], capture_output=True, text=True).stdout
    assert left == "", "processes are left"
    expect = {"hang": "does not end within 400 ms", "dies": "died by signal 11",
              "flood": "prints more than", "odd": "exit code 77: odd \\x1b[2J\\xff",
              "absent": "cannot be run: No such file or directory",
              "plain": "cannot be run: Permission denied"}
    for node, why in expect.items():
        assert why in run.text(node), run.text(node)
        assert run.values(node)["up"] is None and run.values(node)["status"] == 3
    texts = [r["text"] for r in run.of("stubborn")]
    assert any("does not end within" in t for t in texts)
    assert len(texts) >= 3, "a stubborn one holds up the next"
    assert len(run.of("hang")) >= 3
    assert run.values("leaves")["a"] == 1 and run.values("leaves")["time"] < 0.8
    assert run.values("much")["a"] == 1 and run.values("much")["up"] == 1
    words = run.text("looks")
    assert words.startswith("LC_ALL=C ") and "PATH=/usr/local/sbin:" in words
    assert "HOME=" not in words and words.endswith(" / a b; $HOME `id`")
    assert " /dev/null / " in words
    assert run.text("files") == "[]", "descriptors of the gateway"
    assert run.cost["rss_kib"] < 200000


def test_growing_plugin(drive, tmp_path):
    """The series grows with new values at its end, and never shrinks; what is not known waits."""
    varies = script(tmp_path, "varies", f"""cd {tmp_path}; echo >>runs
case $(wc -l <runs) in
1) echo 'OK | b=1';;
2) echo 'OK | a=U b=2';;
3) echo 'OK | a=7c b=3';;
4) exit 2;;
*) echo 'OK | b=U';;
esac
""")
    run = drive([command("grows", varies)], seconds=6.5)
    rows = run.of("grows")[:5]
    assert [list(r["values"])[3:] for r in rows] == [["b"], ["b"], ["b", "a"], ["b", "a"],
                                                     ["b", "a"]]
    assert [r["values"]["b"] for r in rows] == [1, 2, 3, None, None]
    assert [r["values"]["a"] for r in rows[2:]] == [7, None, None]
    assert all(r["units"]["a"] == "1/counter" for r in rows[2:])
    assert [r["values"]["up"] for r in rows] == [1, 1, 1, 0, 1]
    assert run.changes("grows") == [False, True]


def test_many_plugins(drive, tmp_path):
    """40 that take 300 ms each: 16 at once, and all have their turn within the time."""
    busy = script(tmp_path, "busy", "sleep 0.3\necho OK\n")
    seen = []

    def watch(p):
        while p.poll() is None and len(seen) < 150:
            seen.append(len(children(p.pid)))
            time.sleep(0.02)
    run = drive([command(f"p{i}", busy, head='interval = "5s"; timeout = "4900ms";')
                 for i in range(40)], seconds=8, during=watch)
    for i in range(40):
        assert run.values(f"p{i}")["up"] == 1, run.text(f"p{i}")
    assert max(seen) <= 16


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
def test_plugin_user(drive, tmp_path):
    who = script(tmp_path, "who", 'echo "$(id -un) $(id -G)"\n')
    for d in (tmp_path, *tmp_path.parents):
        if d != pathlib.Path("/") and d.stat().st_uid == os.geteuid():
            d.chmod(d.stat().st_mode | 0o011)
    tmp_path.chmod(0o755)
    run = drive([command("other", who, rest='user = "nobody";'), command("own", who)])
    assert run.text("other") == "nobody 65534", run.text("other")
    assert run.text("own").startswith("root")
