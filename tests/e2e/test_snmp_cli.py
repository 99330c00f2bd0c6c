# SPDX-License-Identifier: GPL-3.0-or-later
"""zonewatchctl snmp as an administrator uses it: each thing that can be wrong with a device is named, a
draft is a profile that works as it is, a network is discovered, and secrets stay where they are."""

import json
import os
import re
import socket
import subprocess
import time

import pytest
from conftest import BUILD, ROOT, free_port, wait_for

RECORDINGS = ROOT / "tests" / "data" / "walks"
SHIPPED = ROOT / "conf" / "profiles"
USERS = """
createUser md5 MD5 "authpass12345" DES "privpass12345"
createUser plain SHA "authpass12345"
createUser blind SHA-256 "authpass12345" AES "privpass12345"
createUser lonely SHA-256 "authpass12345" AES "privpass12345"
createUser long SHA-512 "authpass12345" AES-256 "privpass12345"
view nosystem included .1.3.6.1.2.1.2
rouser md5 authpriv .1
rouser plain auth .1
rouser long authpriv .1
rouser blind authpriv -V nosystem
rocommunity zwblind 127.0.0.1 -V nosystem
"""
V3 = ["--user", "zw", "--auth-file", "auth", "--priv-file", "priv"]
NORDWIND = """\
.1.3.6.1.2.1.1.1.0 = STRING: "Nordwind \\"CX40\\""
.1.3.6.1.2.1.1.2.0 = OID: .1.3.6.1.4.1.99999.4
.1.3.6.1.2.1.1.3.0 = Timeticks: (100)
.1.3.6.1.4.1.99999.4.1.1.0 = INTEGER: 184
.1.3.6.1.4.1.99999.4.1.2.0 = INTEGER: 271
.1.3.6.1.4.1.99999.4.1.3.0 = INTEGER: 2
.1.3.6.1.4.1.99999.4.1.4.0 = STRING: " 38% of maximum"
.1.3.6.1.4.1.99999.4.1.5.0 = STRING: "Normal"
.1.3.6.1.4.1.99999.4.1.6.0 = Timeticks: (8640000)
.1.3.6.1.4.1.99999.4.1.7.0 = Counter32: 77
.1.3.6.1.4.1.99999.4.2.1.1.1 = INTEGER: 1
.1.3.6.1.4.1.99999.4.2.1.1.2 = INTEGER: 2
.1.3.6.1.4.1.99999.4.2.1.1.3 = INTEGER: 3
.1.3.6.1.4.1.99999.4.2.1.2.1 = STRING: "Cold aisle"
.1.3.6.1.4.1.99999.4.2.1.2.2 = STRING: "Hot aisle"
.1.3.6.1.4.1.99999.4.2.1.2.3 = STRING: "Water"
.1.3.6.1.4.1.99999.4.2.1.3.1 = INTEGER: 223
.1.3.6.1.4.1.99999.4.2.1.3.2 = INTEGER: -999
.1.3.6.1.4.1.99999.4.2.1.3.3 = INTEGER: 118
.1.3.6.1.4.1.99999.4.2.1.4.1 = STRING: "C"
.1.3.6.1.4.1.99999.4.2.1.4.2 = STRING: "C"
.1.3.6.1.4.1.99999.4.2.1.4.3 = STRING: "l/min"
"""


class Tool:
    """zonewatchctl snmp, away from any configuration of this machine."""

    def __init__(self, rig):
        self.rig = rig
        for name, text in (("auth", "authpass12345"), ("priv", "privpass12345"),
                           ("wrong", "something-else"), ("short", "abc"), ("community", "zwpub"),
                           ("badcommunity", "nosuch"), ("blindcommunity", "zwblind")):
            rig.secret(name, text)

    def __call__(self, *words, rc=0):
        p = self.rig.ctl("snmp", *words, check=False)
        assert p.returncode == rc, f"{words}: {p.returncode}\n{p.stdout}\n{p.stderr}"
        return p

    def json(self, *words, rc=0):
        return json.loads(self(*words, "--json", rc=rc).stdout)

    def test(self, address, *words):
        """What fails, and {step: ok}."""
        p = self.rig.ctl("snmp", "test", address, *words, "--timeout", "300ms", "--json", check=False)
        assert p.returncode in (0, 2), p.stderr
        said = json.loads(p.stdout)
        assert said["ok"] == (p.returncode == 0) == (said["failed"] is None)
        return said["failed"], {s["step"]: s["ok"] for s in said["steps"]}, said["steps"][-1]["text"]


@pytest.fixture
def tool(rig):
    return Tool(rig)


@pytest.fixture
def agent(rig):
    """The address of an snmpd."""
    port = free_port()
    d = rig.snmpd(port, USERS)
    wait_for("snmpd", 10, lambda: "NET-SNMP version" in (
        (rig.dir / "snmpd.out").read_text() if (rig.dir / "snmpd.out").exists() else ""))
    assert d.alive()
    return f"127.0.0.1:{port}"


def user(name, auth="SHA-256", auth_file="auth", priv="AES", priv_file="priv"):
    words = ["--user", name]
    if auth_file:
        words += ["--auth", auth, "--auth-file", auth_file]
    if priv_file:
        words += ["--priv", priv, "--priv-file", priv_file]
    return words


def test_right_credentials(tool, agent):
    for words in (V3, ["--v2c", "--community-file", "community"], ["--v1", "--community-file", "community"],
                  user("md5", "MD5", priv="DES"), user("plain", "SHA", priv_file=None),
                  user("long", "SHA-512", priv="AES-256")):
        failed, steps, text = tool.test(agent, *words)
        assert failed is None and all(steps.values()), (words, steps)
        assert "1.3.6.1.4.1.8072.3.2.10" in text
    text = tool("test", agent, *V3).stdout
    assert [line.split()[1] for line in text.splitlines()] == [
        "address", "engine", "user", "auth", "priv", "access"]


@pytest.mark.parametrize("words, part, says", [
    (["--v2c", "--community-file", "badcommunity"], "community", "wrong"),
    (["--v1", "--community-file", "badcommunity"], "community", "wrong"),
    (["--v2c", "--community-file", "blindcommunity"], "access", "1.3.6.1.2.1.2.1.0"),
    (["--v1", "--community-file", "blindcommunity"], "access", "view"),
    (user("nobody"), "user", "nobody"),
    (user("zw", auth_file="wrong"), "auth", "password or protocol"),
    (user("zw", auth="SHA-512"), "auth", "password or protocol"),
    (user("zw", priv_file="wrong"), "priv", "password or protocol"),
    (user("zw", priv="DES"), "priv", "password or protocol"),
    (user("zw", priv="AES-256"), "priv", "password or protocol"),
    (user("plain", "SHA"), "priv", "no privacy"),
    (user("zw", priv_file=None), "access", "without privacy"),
    (user("zw", auth_file=None, priv_file=None), "access", "without authentication"),
    (user("lonely"), "access", "view"),
    (user("blind"), "access", "sysObjectID"),
    (user("zw") + ["--context", "nosuch"], "context", "no such context"),
])
def test_says_which_part_fails(tool, agent, words, part, says):
    failed, steps, text = tool.test(agent, *words)
    assert failed == part and steps[part] is False and says in text, (failed, steps, text)
    before = list(steps)[:-1]
    assert before and all(steps[s] for s in before), steps
    assert text.count("timeout") == 0, text


@pytest.mark.alone
def test_nobody_there(tool):
    hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    hole.bind(("127.0.0.1", 0))
    mute, closed = hole.getsockname()[1], free_port()
    for words in (V3, ["--v2c", "--community-file", "community"]):
        assert tool.test(f"127.0.0.1:{mute}", *words)[0] == "timeout"
        assert tool.test(f"127.0.0.1:{closed}", *words)[0] == "address"
    begun = time.monotonic()
    p = tool("walk", f"127.0.0.1:{mute}", *V3, "--timeout", "100ms", rc=1)
    assert p.stdout == "" and "snmp test" in p.stderr and p.stderr.count("timeout") == 1
    tool("poll", f"127.0.0.1:{closed}", *V3, "--profiles", SHIPPED, "--timeout", "100ms", rc=1)
    assert time.monotonic() - begun < 5
    hole.close()


def test_secrets_are_in_files_of_their_own(tool, agent):
    """Refused when others may read them or they are too short, and told nowhere."""
    (tool.rig.dir / "auth").chmod(0o644)
    p = tool("test", agent, *V3, rc=1)
    assert "chmod 600" in p.stderr
    (tool.rig.dir / "auth").chmod(0o600)
    p = tool("test", agent, *user("zw", auth_file="short"), rc=1)
    assert "8 characters" in p.stderr
    out = ""
    for words in (V3, ["--v2c", "--community-file", "community"], user("zw", auth_file="wrong")):
        for more in (["test"], ["poll", "--profiles", str(SHIPPED)], ["discover"]):
            address = agent if more[0] != "discover" else "127.0.0.1"
            port = ["--port", agent.split(":")[1]] if more[0] == "discover" else []
            p = tool.rig.ctl("snmp", more[0], address, *more[1:], *port, *words, check=False)
            out += p.stdout + p.stderr
    assert "zw" in out
    for secret in ("authpass", "privpass", "zwpub", "something-else"):
        assert secret not in out


@pytest.mark.parametrize("words, says", [
    ([], "a command is missing"),
    (["wlak"], 'did you mean "walk"'),
    (["test"], "needs ADDRESS"),
    (["test", "127.0.0.1", "127.0.0.2"], "does not take"),
    (["traps", "--timeout", "2s"], "does not take --timeout"),
    (["show", "--profiles", "x"], "does not take --profiles"),
    (["end", "a", "b", "--json"], "does not take --json"),
    (["test", "127.0.0.1", "--profile-draft"], "does not take --profile-draft"),
    (["poll"], "--file RECORDING"),
    (["poll", "127.0.0.1", "--file", "x"], "give no address"),
    (["walk", "--file", "x", "--v2c"], "no device is asked"),
    (["walk", "--file", "x", "--profile-draft", "--json"], "not JSON"),
    (["test", "127.0.0.1", "--v1", "--v2c"], "one of --v1"),
    (["test", "127.0.0.1", "--credential", "a", "--user", "b"], "not both"),
    (["test", "127.0.0.1", "--timeout", "5"], "--timeout wants"),
    (["test", "127.0.0.1", "--port", "70000"], "--port wants"),
    (["test", "127.0.0.1", "--retries", "-1"], "--retries wants"),
    (["discover", "10.0.0.0/8", "--v2c", "--community-file", "community"], "10.0.3.0/24"),
])
def test_wrong_usage(tool, words, says):
    p = tool(*words, rc=64)
    assert says in p.stderr and p.stdout == "", p.stderr


@pytest.mark.parametrize("words, says", [
    (["test", "127.0.0.1"], "how to speak to it"),
    (["test", "cool-a1", *V3], "names are not resolved"),
    (["test", "127.0.0.1", "--user", "zw", "--auth", "sha256", "--auth-file", "auth"], "SHA-256"),
    (["test", "127.0.0.1", "--user", "zw", "--priv-file", "priv"], "privacy needs authentication"),
    (["test", "127.0.0.1", "--v2c", "--user", "zw", "--community-file", "community"], "of v3"),
    (["test", "127.0.0.1", "--v3"], "--user"),
    (["show", "-c", "nowhere.conf"], "nowhere.conf"),
    (["poll", "--file", "nowhere.walk"], "nowhere.walk"),
    (["profiles", "--profiles", "nowhere"], "not a directory"),
    (["profiles", "apc-coolin", "--profiles", str(SHIPPED)], 'did you mean "apc-cooling"'),
])
def test_errors_say_what_and_where(tool, words, says):
    p = tool(*words, rc=1)
    assert says in p.stderr and "error: " not in p.stderr, p.stderr


def poll_file(tool, walk, directory):
    said = tool.json("poll", "--file", walk, "--profiles", directory)
    return {(v["source"], v["instance"], v["field"]): v for v in said["values"]}, said


def test_a_draft_works_as_it_is(tool):
    rig = tool.rig
    (rig.dir / "nordwind.walk").write_text(NORDWIND)
    for name in ("empty", "mine", "shell"):
        (rig.dir / name).mkdir()
    out = rig.dir / "mine" / "nordwind-cx40.conf"
    draft = ["walk", "--file", "nordwind.walk", "--profile-draft", "--profiles", "empty"]
    tool(*draft, "-o", out)
    values, said = poll_file(tool, "nordwind.walk", "mine")
    assert said["profiles"] == ["nordwind-cx40"] and said["descr"] == 'Nordwind "CX40"'
    assert all(v["status"] == "ok" for v in values.values()), values
    got = {k: (v["state"] or v["value"], v["unit"]) for k, v in values.items()}
    assert got == {
        ("scalars1", "", "v1"): (184, "1"), ("scalars1", "", "v2"): (271, "1"),
        ("scalars1", "", "v3"): ("state 2", "1"), ("scalars1", "", "v4"): (38, "%"),
        ("scalars1", "", "v5"): ("Normal", "1"), ("scalars1", "", "v6"): (86400, "s"),
        ("scalars1", "", "v7"): (77, "1"), ("table1", "Cold-aisle", "v3"): (223, "1"),
        ("table1", "Hot-aisle", "v3"): (-999, "1"), ("table1", "Water", "v3"): (118, "1")}
    assert values["table1", "Hot-aisle", "v3"]["title"] == "Hot aisle"
    assert values["scalars1", "", "v6"]["scale"] == 0.01 and values["scalars1", "", "v3"]["scale"] is None
    text = out.read_text()
    for hint in ('none = [ "-999" ]', "tenths of a degree", 'type_from = "1.3.6.1.4.1.99999.4.2.1.4"',
                 "(state?)", 'sysobjectid = "1.3.6.1.4.1.99999.4"'):
        assert hint in text, hint
    # It is not written over, for it may have been worked on.
    assert "does not take its place" in tool(*draft, "-o", out, rc=1).stderr
    assert out.read_text() == text
    # Redirected it has the file's name too.
    with open(rig.dir / "shell" / "other.conf", "w", encoding="utf-8") as f:
        subprocess.run([BUILD / "zonewatchctl", "snmp", *draft], stdout=f, stderr=subprocess.PIPE,
                       cwd=rig.dir, env=rig.env, check=True)
    assert poll_file(tool, "nordwind.walk", "shell")[1]["profiles"] == ["other"]
    # What the first has is left out of the next.
    p = tool("walk", "--file", "nordwind.walk", "--profile-draft", "--profiles", "mine")
    assert "in profiles already" in p.stdout and "nordwind-cx40" in p.stdout


def test_drafts_of_all_recordings(tool):
    """Each loads without an error, and shows values, none of which it cannot read."""
    rig = tool.rig
    (rig.dir / "empty").mkdir()
    walks = sorted(RECORDINGS.glob("*.walk"))
    assert len(walks) > 50
    drafted = 0
    for walk in walks[::4]:
        where = rig.dir / f"d-{walk.stem}"
        where.mkdir()
        p = tool.rig.ctl("snmp", "walk", "--file", walk, "--profile-draft", "--profiles", "empty", "-o",
                         where / f"{walk.stem}.conf", check=False)
        if p.returncode != 0:  # a recording of traps only
            assert "no numbers in the walk" in p.stderr and list(where.iterdir()) == [], p.stderr
            continue
        drafted += 1
        p = tool("poll", "--file", walk, "--profiles", where, "--json")
        assert p.stderr == "", p.stderr
        values = json.loads(p.stdout)["values"]
        assert any(v["status"] == "ok" for v in values), walk
        assert {v["status"] for v in values} <= {"ok", "missing", "none"}, walk
    assert drafted > len(walks) / 5


def test_walk_of_an_agent(tool, agent):
    p = tool("walk", agent, *V3, "1.3.6.1.2.1.1", "1.3.6.1.2.1.2")
    own = [line.split(" = ")[0] for line in p.stdout.splitlines()]
    env = {**os.environ, "MIBS": "", "SNMP_PERSISTENT_DIR": str(tool.rig.dir / "none")}
    theirs = []
    for root in ("1.3.6.1.2.1.1", "1.3.6.1.2.1.2"):
        out = subprocess.run(
            ["snmpwalk", "-On", "-v2c", "-c", "zwpub", agent, root], check=True, text=True,
            capture_output=True, env=env, errors="replace").stdout
        theirs += re.findall(r"^(\.[0-9.]+) = ", out, re.M)
    assert own == theirs
    said = tool.json("walk", agent, *V3, "1.3.6.1.2.1.1.2")
    assert said == [{"oid": "1.3.6.1.2.1.1.2.0", "type": "OBJECT IDENTIFIER",
                     "value": "1.3.6.1.4.1.8072.3.2.10"}]
    # What is written reads back as what was said; an own walk is as good as the agent.
    tool("walk", agent, *V3, "-o", "agent.walk")
    again = tool("walk", "--file", "agent.walk").stdout
    assert again == (tool.rig.dir / "agent.walk").read_text()
    there = tool.json("poll", agent, *V3, "--profiles", SHIPPED)
    here = tool.json("poll", "--file", "agent.walk", "--profiles", SHIPPED)
    assert there["profiles"] == here["profiles"] and "if-mib" in here["profiles"]
    # Tables of the host that come and go (processes) are no part of it.
    assert {v["oid"] for v in there["values"]} == {v["oid"] for v in here["values"]}


def test_discover(tool, agent):
    """Several devices on one network, one of them configured; another refuses the user."""
    rig, port, sims = tool.rig, free_port(), []
    (rig.dir / "cred").mkdir()
    for name in ("v1.community", "v2c.community", "v3.auth", "v3.priv"):
        (rig.dir / "cred" / name).write_text("plant-secret\n")
        (rig.dir / "cred" / name).chmod(0o600)
    kinds = {"127.0.1.1": "apc-inrow-rc", "127.0.1.5": "ups-mib", "127.0.1.14": "if-mib"}
    for address, name in kinds.items():
        walk = RECORDINGS / f"{name}.walk"
        sims.append(rig.start(f"sim-{address}", BUILD / "zonewatch-sim", "--replay", walk, "--credentials",
                  rig.dir / "cred", f"{address}:{port}"))
    how = ["--v2c", "--community-file", "cred/v2c.community", "--port", port, "--profiles", SHIPPED]
    for address in kinds:
        wait_for(address, 10, lambda a=address: tool.rig.ctl(
            "snmp", "test", f"{a}:{port}", *how[:3], "--timeout", "200ms", check=False).returncode != 2)
    conf = rig.dir / "site.conf"
    conf.write_text(f"""
collectors = [ "127.0.0.1:1" ];
profile_dirs = [ "{SHIPPED}" ];
credentials = ( {{ name = "plant"; version = "v2c"; community_file = "cred/v2c.community"; }} );
devices = ( {{ node = "pdu-7"; address = "127.0.1.5:{port}"; credential = "plant"; }} );
""")
    before = sorted(os.listdir(rig.dir)), conf.read_text()
    said = tool.json("discover", "127.0.1.0/28", *how, "-c", conf)
    assert said["asked"] == 14 and [d["address"] for d in said["devices"]] == list(kinds)
    found = {d["address"]: d for d in said["devices"]}
    for address, name in kinds.items():
        assert name in found[address]["profiles"], found[address]
    assert [d["configured"] for d in said["devices"]] == [False, True, False]
    assert found["127.0.1.5"]["node"] == "pdu-7"
    names = [d["node"] for d in said["devices"]]
    assert len(set(names)) == 3
    text = tool("discover", "127.0.1.0/28", *how, "-c", conf).stdout
    assert (sorted(os.listdir(rig.dir)), conf.read_text()) == before
    # Its proposal is a configuration.
    (rig.dir / "proposed.conf").write_text(
        f'collectors = [ "127.0.0.1:1" ];\nprofile_dirs = [ "{SHIPPED}" ];\n{text}')
    one = tool.json("poll", names[0], "-c", "proposed.conf")
    assert kinds["127.0.1.1"] in one["profiles"] and any(v["status"] == "ok" for v in one["values"])
    assert "plant-secret" not in text and "pdu-7 already" in text
    for sim in sims:
        sim.kill()
    refused = tool.json("discover", "127.0.0.1", "--port", agent.split(":")[1], *user("nobody"),
                        "--profiles", SHIPPED)
    assert refused["devices"] == [] and refused["refused"][0]["reason"] == "unknown user"


def test_profiles(tool):
    listed = tool.json("profiles", "--profiles", SHIPPED)
    assert len(listed) == len(list(SHIPPED.glob("*.conf")))
    assert all(p["name"] and p["title"] and (p["fields"] or p["traps"]) for p in listed)
    one = tool.json("profiles", "ups-mib", "--profiles", SHIPPED)
    assert one["name"] == "ups-mib" and any(
        f["oid"].startswith("1.3.6.1.2.1.33.") for f in one["fields"])
    text = tool("profiles", "ups-mib", "--profiles", SHIPPED).stdout
    assert "1.3.6.1.2.1.33." in text and "matches" in text


PROFILE = """
name = "own";
title = "The agent of the tests";
match = ( { probe = [ "1.3.6.1.2.1.1.3" ]; } );
scalars = ( { source = "clock"; interval = "1s"; fields = (
    { name = "uptime"; oid = "1.3.6.1.2.1.1.3.0"; unit = "s"; scale = 0.01; } ); } );
tables = ( { source = "port"; interval = "1s"; key = "{1.3.6.1.2.1.2.2.1.2}"; fields = (
    { name = "oper"; oid = "1.3.6.1.2.1.2.2.1.8"; kind = "state"; states = "oper"; } ); } );
states = ( { name = "oper"; values = [ "1 ok up", "2 warning down" ]; } );
traps = ( { oid = "1.3.6.1.6.3.1.1.5.3"; name = "link"; severity = "critical"; text = "a link"; } );
"""


def test_the_running_gateway(tool, agent):
    """show, traps, probes, end; and commands that take a device of the configuration by its name."""
    rig, traps = tool.rig, free_port()
    (rig.dir / "own").mkdir()
    (rig.dir / "own" / "own.conf").write_text(PROFILE)
    rig.nodes |= {"gw": "A", "box": "B", "link1": "A"}
    rig.more |= {n: 'kind = "device";' for n in ("gw", "box", "link1")}
    rig.collector()
    rig.gateway("gw", f"""
profile_dirs = [ "own" ];
credentials = ( {{ name = "plant"; user = "zw"; auth_file = "auth"; priv_file = "priv"; }},
                {{ name = "traps"; version = "v2c"; community_file = "community"; }} );
devices = ( {{ node = "box"; address = "{agent}"; credential = "plant"; }} );
traps = {{ listen = "127.0.0.1:{traps}"; credentials = [ "traps" ]; }};
probes = ( {{ node = "link1"; kind = "tcp"; address = "127.0.0.1:{rig.web_port}";
              interval = "1s"; timeout = "500ms"; }} );
""", ["box", "link1"])

    def box():
        p = rig.ctl("snmp", "show", "box", "--json", check=False)
        return json.loads(p.stdout) if p.returncode == 0 and json.loads(p.stdout)["values"] else None
    shown = wait_for("values", 20, box)
    values = {(v["source"], v["instance"], v["field"]): v for v in shown["values"]}
    clock = wait_for("clock", 10, lambda: next(
        v for v in box()["values"] if v["source"] == "clock" and v["value"] is not None))
    assert clock["scale"] == 0.01 and clock["oid"] == "1.3.6.1.2.1.1.3.0" and clock["age_s"] < 5
    assert abs(int(clock["raw"]) / 100 - clock["value"]) < 1e-6
    assert values["port", "lo", "oper"]["severity"] == "ok"
    text = tool("show", "box").stdout
    assert re.search(r"clock +uptime .* x 0\.01 ", text), text
    assert "1.3.6.1.2.1.2.2.1.8.1" in text
    assert tool.json("show")["devices"][0]["node"] == "box"
    assert 'no such device' in tool("show", "bix", rc=1).stderr
    # A device of the configuration by its name, with its credential and pace.
    assert tool.test("box")[0] is None
    assert tool.json("poll", "box")["profiles"] == ["own"]
    assert 'did you mean "box"' in tool("poll", "bix", rc=1).stderr
    assert 'did you mean "plant"' in tool("test", "127.0.0.1", "--credential", "plnt", rc=1).stderr
    assert tool.test(agent, "--credential", "plant")[0] is None

    wait_for("probe", 10, lambda: (tool.json("probes")["probes"] or [{}])[0].get("age_s") is not None)
    assert "link1" in tool("probes").stdout

    send = ["snmptrap", "-v2c", "-c", "zwpub", f"127.0.0.1:{traps}", ""]
    env = {"MIBS": "", "PATH": "/usr/bin:/bin"}
    subprocess.run([*send, "1.3.6.1.6.3.1.1.5.3"], check=True, env=env)
    subprocess.run([*send, "1.3.6.1.4.1.99999.0.1"], check=True, env=env)
    subprocess.run([w.replace("zwpub", "other") for w in send] + ["1.3.6.1.6.3.1.1.5.3"], check=True,
                   env=env)
    said = wait_for("traps", 10, lambda: (
        lambda j: j if len(j["traps"]) == 2 and j["received"]["refused"]["community"] else None)(
            tool.json("traps")))
    assert [r["instance"] for r in said["raised"]] == ["link"] and said["unknown"] == 1
    text = tool("traps").stdout
    assert "accepted 2" in text and "refused (community) 1" in text
    assert "unknown: 1.3.6.1.4.1.99999.0.1" in text
    assert "is ended" in tool("end", "box", "link").stdout
    assert {r["severity"] for r in tool.json("traps")["raised"]} <= {"ok"}
    assert "nothing of this name" in tool("end", "box", "leak", rc=1).stderr
