# SPDX-License-Identifier: GPL-3.0-or-later
"""Secrets are in files that nobody else may read, and nowhere else: in no argument, environment, log
or core, and in no state of the collector's; and who need not listen does not."""

import os
import pathlib
import re
import resource
import signal
import subprocess
import time

from conftest import BUILD, free_port, wait_for

CREDENTIALS = """
credentials = (
  { name = "v3"; user = "zw"; auth_file = "auth"; priv_file = "priv"; },
  { name = "v2c"; version = "v2c"; community_file = "community"; } );
devices = (
  { node = "d1"; address = "127.0.0.1:9"; credential = "v3"; },
  { node = "d2"; address = "127.0.0.1:9"; credential = "v2c"; } );
"""


def site(rig):
    """A collector that mails and enrols, an agent, a gateway: their daemons."""
    rig.secret("password", "mail-secret-4711")
    rig.secret("auth", "auth-secret-4711")
    rig.secret("priv", "priv-secret-4711")
    rig.secret("community", "community-secret-4711")
    rig.mail = f'transport = "smtp://127.0.0.1:{free_port()}"; from = "zw@dc.example"; ' \
        f'user = "zw"; password_file = "{rig.dir}/password"; starttls = "required";'
    rig.more_conf = 'enroll = { ca_key = "pki/ca.key"; };'
    for name in ("n0", "n9", "d1", "d2"):
        rig.node(name)
    rig.collector()
    agent = rig.agent("n0")
    gateway = rig.gateway("gw", CREDENTIALS, ["d1", "d2"])
    wait_for("the agent", 20, lambda: any(n["connected"] for n in rig.api("nodes")["nodes"]))
    return agent, gateway


def family(pid):
    """A process and what it started."""
    found = [pid]
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found += family(int(child))
    return found


def key_lines(path):
    """The lines of a PEM, each long enough to be nothing else."""
    return [line for line in path.read_text().splitlines() if len(line) > 40 and "-" not in line]


def test_secrets_stay_in_their_files(rig):
    site(rig)
    said = rig.ctl("agent", "invite", "n9").stdout
    token = re.search(r"zwi-[A-Za-z0-9_-]{43}", said)[0]
    secrets = [rig.token, token, "mail-secret-4711", "auth-secret-4711", "priv-secret-4711",
               "community-secret-4711", *key_lines(rig.dir / "pki" / "ca.key"),
               *key_lines(rig.dir / "pki" / "nodes" / "n0.key")]
    for d in rig.daemons:
        for pid in family(d.pid):
            for what in ("cmdline", "environ"):
                text = pathlib.Path(f"/proc/{pid}/{what}").read_bytes()
                assert not [s for s in secrets if s.encode() in text], (d.name, what)
    time.sleep(2)
    assert not [d.name for d in rig.daemons if d.stop() != 0]
    kept = []
    for top in ("state", "gw", "spool-n0", "spool-gw"):
        assert (rig.dir / top).stat().st_mode & 0o007 == 0, top
        kept += [p for p in (rig.dir / top).rglob("*") if p.is_file()]
    assert kept
    for path in [*rig.dir.glob("*.log"), *kept]:
        text = path.read_bytes()
        assert not [s for s in secrets if s.encode() in text], path


def test_files_that_others_may_read(rig):
    """Every file with a secret in it is refused, with its name and what to do."""
    site(rig)
    for name, program in [("token", "collector"), ("password", "collector"),
                          ("pki/ca.key", "collector"), ("pki/collector.key", "collector"),
                          ("pki/nodes/n0.key", "agent-n0"), ("pki/nodes/gw.key", "gw"),
                          ("auth", "gw"), ("priv", "gw"), ("community", "gw")]:
        path = rig.dir / name
        for mode in (0o640, 0o604):
            path.chmod(mode)
            p = subprocess.run(
                [BUILD / f"zonewatch-{program.replace('gw', 'gateway').split('-')[0]}", "-n", "-c",
                 rig.dir / f"{program}.conf"], cwd=rig.dir, env=rig.env, text=True,
                capture_output=True, timeout=20)
            path.chmod(0o600)
            assert p.returncode == 1 and path.name in p.stderr and "chmod 600" in p.stderr, (
                name, oct(mode), p.stderr)


def test_no_core_no_port(rig):
    """What ends by a signal that would leave a core leaves none; of all processes the collector
    itself alone listens, on two addresses."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    agent, gateway = site(rig)
    lines = subprocess.run(["ss", "-Hlntup"], capture_output=True, text=True,
                           check=True).stdout.splitlines()
    for d in rig.daemons:
        for pid in family(d.pid):
            theirs = [line for line in lines if f"pid={pid}," in line]
            assert len(theirs) == (2 if pid == rig.c.pid else 0), (d.name, pid, theirs)
    for d in (agent, gateway, rig.c):
        os.kill(d.pid, signal.SIGXCPU)  # no shell has it ignored, no sanitizer catches it
        status = wait_for("end", 20, lambda: (w := os.waitpid(d.pid, os.WNOHANG))[0] and w)[1]
        d.process.returncode = -os.WTERMSIG(status)
        assert os.WTERMSIG(status) == signal.SIGXCPU and not os.WCOREDUMP(status), \
            (d.name, d.text())
    assert not [p for p in rig.dir.iterdir() if p.name.startswith("core")]
