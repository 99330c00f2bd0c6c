# SPDX-License-Identifier: GPL-3.0-or-later
"""The two sides of the comparison of alerting: a small plant whose values go every 2 s as frames to
a zonewatch collector, and over an exporter to Prometheus, whose Alertmanager mails; each with an SMTP
sink of its own that notes what it took, and when. All on loopback."""

import asyncio
import email
import email.policy
import json
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "e2e"))
import wire  # noqa: E402

STEP = 2
RULES = ROOT / "conf" / "rules" / "default.conf"


def port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Series:
    """One value of a node, by both sides' names."""

    def __init__(self, node, source, field, value, instance="", unit="1", states=""):
        self.node, self.source, self.field, self.instance = node, source, field, instance
        self.value, self.unit, self.states = float(value), unit, states

    def metric(self):
        return f'{self.source}_{self.field}{{instance_name="{self.instance}"}} {self.value}\n'


class Node:
    def __init__(self, name, zone, via="", role=""):
        self.name, self.zone, self.via, self.role = name, zone, via, role
        self.series, self.up = [], True

    def grouped(self):
        """Its values by series: those of one source and instance are fields of one."""
        found = {}
        for s in self.series:
            found.setdefault((s.source, s.instance), []).append(s)
        return [tuple(rows) for rows in found.values()]

    def add(self, *args, **more):
        self.series.append(Series(self, *args, **more))
        return self.series[-1]


class Plant:
    """Nodes by name; who speaks for itself has a connection and a certificate of its own."""

    def __init__(self):
        self.nodes = {}

    def node(self, name, zone, via="", role=""):
        self.nodes[name] = Node(name, zone, via, role)
        return self.nodes[name]

    def speakers(self):
        return [n for n in self.nodes.values() if not n.via]

    def behind(self, speaker):
        return [n for n in self.nodes.values() if n is speaker or n.via == speaker.name]


class Sink:
    """An SMTP relay; refuses to be connected to while it is down."""

    def __init__(self):
        self.port, self.mails, self.server = port(), [], None

    async def up(self):
        self.server = await asyncio.start_server(self.client, "127.0.0.1", self.port, limit=1 << 24)

    async def down(self):
        self.server.close()
        await self.server.wait_closed()
        self.server = None

    async def client(self, reader, writer):
        writer.write(b"220 sink\r\n")
        while line := await reader.readline():
            verb = line[:4].upper()
            if verb == b"EHLO":
                writer.write(b"250-sink\r\n250 8BITMIME\r\n")
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                data = await reader.readuntil(b"\r\n.\r\n")
                m = email.message_from_bytes(data[:-3].replace(b"\r\n..", b"\r\n."),
                                             policy=email.policy.default)
                self.mails.append((time.time(), m))
                writer.write(b"250 ok\r\n")
            else:
                writer.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 ok\r\n")
                if verb == b"QUIT":
                    break
        writer.close()


class Process:
    """A daemon that can be killed and started again as it was."""

    def __init__(self, log, argv):
        self.log, self.argv, self.p = log, list(map(str, argv)), None
        self.start()

    def start(self):
        with open(self.log, "ab") as log:
            self.p = subprocess.Popen(self.argv, stdout=log, stderr=log, stdin=subprocess.DEVNULL)

    def kill(self):
        self.p.send_signal(signal.SIGKILL)
        self.p.wait()

    def stop(self):
        self.p.terminate()
        try:
            self.p.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()


class Zonewatch:
    """The collector with the rules that come with it, mailing in English to one address."""

    name = "zonewatch"

    def __init__(self, build, path, pki, plant):
        self.plant, self.pki, self.sink, self.port = plant, pki, Sink(), port()
        self.links, self.dir = {}, path
        shutil.copy(RULES, path / "rules.conf")
        (path / "token").write_text("0123456789abcdef")
        (path / "token").chmod(0o600)
        rows = []
        for n in plant.nodes.values():
            more = f'kind = "{"server" if n.role == "server" else "device"}";'
            if n.role not in ("", "server"):
                more += f' role = "{n.role}";'
            if n.via:
                more += f' depends = [ "{n.via}" ];'
            rows.append(f'{{ name = "{n.name}"; zone = "{n.zone}"; {more} }}')
        zones = sorted({n.zone for n in plant.nodes.values()})
        (path / "collector.conf").write_text(f"""
include = [ "rules.conf" ];
tls = {{ ca = "{pki}/ca.crt"; cert = "{pki}/collector.crt"; key = "{pki}/collector.key"; }};
intake = {{ listen = "127.0.0.1:{self.port}"; }};
web = {{ listen = "127.0.0.1:{port()}"; token_file = "token"; url = "http://127.0.0.1/"; }};
store = {{ dir = "state"; archives = ( {{ step = "10s"; keep = "1h"; }} ); }};
mail = {{ transport = "smtp://127.0.0.1:{self.sink.port}"; starttls = "never";
  from = "zonewatch@dc.example"; }};
recipients = ( {{ address = "it@dc.example"; }} );
zones = ( {", ".join(f'{{ name = "{z}"; title = "Zone {z}"; }}' for z in zones)} );
nodes = ( {", ".join(rows)} );
""")
        self.daemons = [Process(path / "collector.log", [build / "zonewatch-collector", "-f", "-c",
                                                         path / "collector.conf"])]

    def link(self, speaker):
        """A session that has told its series, or None: nobody listens."""
        try:
            rig = type("Rig", (), {"dir": self.pki.parent, "agent_port": self.port})
            a = wire.Agent(rig, speaker.name, greet=False, timeout=5)
            a.send(wire.frame(wire.HELLO, a.stream + b"\1\1" + struct.pack(">q", wire.now_ms()) +
                              wire.varint(STEP) + wire.text("bench")))
            if a.receive()[0] != wire.WELCOME:
                return None
        except (OSError, TypeError):
            return None
        a.seq, a.ids = 0, {}
        for n in self.plant.behind(speaker):
            for rows in n.grouped():
                a.ids[rows] = len(a.ids) + 1
                states = ";".join(f"{i}:{v.states}" for i, v in enumerate(rows) if v.states)
                a.send(wire.frame(
                    wire.DEFINE, wire.varint(a.ids[rows]) + wire.text(n.name) +
                    wire.text(rows[0].source) + wire.text(rows[0].instance) + wire.varint(STEP) +
                    wire.varint(len(rows)) + b"".join(
                        wire.field(v.field, v.unit, kind=wire.STATE if v.states else wire.GAUGE)
                        for v in rows) + (wire.text(states) if states else b"")))
        a.s.setblocking(False)
        return a

    def say(self):
        """One moment's values of everybody who is up."""
        now = int(time.time())
        for speaker in self.plant.speakers():
            a = self.links.get(speaker.name)
            if not speaker.up:
                if a:
                    a.close()
                self.links[speaker.name] = None
                continue
            if a is None:
                a = self.links[speaker.name] = self.link(speaker)
            if a is None:
                continue
            data = b""
            for rows, number in a.ids.items():
                if rows[0].node.up:
                    a.seq += 1
                    data += wire.batch(a.seq, now, number, [v.value for v in rows])
            try:
                a.send(data)
                while a.s.recv(65536):
                    pass
                raise ConnectionError
            except BlockingIOError:
                pass
            except OSError as e:
                if "did not complete" not in str(e):
                    self.links[speaker.name] = None


PROMETHEUS_RULES = """
groups:
- name: plant
  interval: 2s
  rules:
"""
# name, severity, expression, for, keep_firing_for, what it says, what to do
ALERTS = [
    ("TargetDown", "critical", 'up{job="node"} == 0', "24s", "",
     "{{ $labels.node }} does not answer", "Is the machine on, and does it answer ping?"),
    ("GatewayDown", "critical", 'up{job="gateway"} == 0', "10s", "",
     "gateway {{ $labels.via }} does not answer; behind it are {{ with printf \"count(up{job='node',"
     "via='%s'})\" $labels.via | query }}{{ . | first | value }}{{ end }} nodes",
     "Is the machine on, and does it answer ping?"),
    ("InletWarm", "warning", "thermal_inlet > 27", "60s", "2m",
     "{{ $labels.node }}: inlet {{ $value | printf \"%.1f\" }} °C, above 27 °C",
     "Look at the zone's cooling units."),
    ("InletHot", "critical", "thermal_inlet > 32", "20s", "2m",
     "{{ $labels.node }}: inlet {{ $value | printf \"%.1f\" }} °C, above 32 °C",
     "Restore the cooling, or move load away."),
    ("InletRises", "warning", "deriv(thermal_inlet[1m]) * 60 > 1 and thermal_inlet - "
     "min_over_time(thermal_inlet[15m]) > 3", "0s", "2m",
     "{{ $labels.node }}: inlet rises {{ $value | printf \"%.1f\" }} °C/min", "Look at the cooling."),
    ("InletRaces", "critical", "deriv(thermal_inlet[1m]) * 60 > 2 and thermal_inlet - "
     "min_over_time(thermal_inlet[15m]) > 5", "0s", "2m",
     "{{ $labels.node }}: inlet rises {{ $value | printf \"%.1f\" }} °C/min", "Look at the cooling."),
    ("InletSoonHot", "critical", "predict_linear(thermal_inlet[3m], 300) > 32 and "
     "deriv(thermal_inlet[3m]) * 60 > 0.5", "0s", "2m",
     "{{ $labels.node }}: inlet will be {{ $value | printf \"%.1f\" }} °C in 5 min, limit 32 °C",
     "Look at the zone's cooling units."),
    ("CoolingOff", "critical", "cooling_mode == 2", "0s", "",
     "cooling unit {{ $labels.node }} is off", "Restore the unit: power, its own alarm, the water."),
    ("ZoneNoCooling", "critical", "min by (zone) (cooling_mode) == 2 and on (zone) "
     "max by (zone) (deriv(thermal_inlet[1m]) * 60) > 1", "0s", "",
     "no cooling unit cools zone {{ $labels.zone }}, and it gets warmer", "Restore one at once."),
    ("UpsOnBattery", "warning", "ups_output_source == 5", "10s", "30s",
     "{{ $labels.node }} runs from its battery", "Is the generator on?"),
    ("UpsLongOnBattery", "critical", "ups_output_source == 5", "60s", "30s",
     "{{ $labels.node }} has run from its battery for a minute", "Is the generator on?"),
    ("UpsRuntimeLow", "warning", "ups_runtime < 15", "10s", "",
     "{{ $labels.node }}: {{ $value | printf \"%.1f\" }} minutes left", "Is the generator on?"),
    ("UpsChargeLow", "warning", "ups_charge < 70", "10s", "",
     "{{ $labels.node }}: charge {{ $value | printf \"%.0f\" }} %", "Is the generator on?"),
    ("DeviceState", "warning", "sensor_state >= 2", "10s", "",
     "{{ $labels.node }} reports a state out of order", "Look at what the device says."),
    ("DiskOverfull", "critical", "filesystem_used_percent > 97", "20s", "",
     "{{ $labels.node }}: file system {{ $labels.instance_name }} is {{ $value | printf \"%.0f\" }} %"
     " full", "Make room at once."),
]
TEMPLATE = """{{ range .Alerts.Firing }}FIRING {{ .Labels.alertname }} ({{ .Labels.severity }}) {{ \
.Annotations.summary }} since {{ .StartsAt }}. {{ .Annotations.runbook }}
{{ end }}{{ range .Alerts.Resolved }}RESOLVED {{ .Labels.alertname }} ({{ .Labels.severity }}) {{ \
.Annotations.summary }} from {{ .StartsAt }} to {{ .EndsAt }}
{{ end }}"""


class Prometheus:
    """Debian's Prometheus and Alertmanager with rules of equal meaning; both scrape and evaluate
    at the same 2 s."""

    name = "prometheus"

    def __init__(self, path, plant):
        self.plant, self.sink, self.exporter_port, self.dir = plant, Sink(), port(), path
        web, am = port(), port()
        self.write_rules()
        jobs = [self.job("node", [n for n in plant.nodes.values() if n.role != "gateway"]),
                self.job("gateway", [n for n in plant.nodes.values() if n.role == "gateway"])]
        (path / "prometheus.yml").write_text(json.dumps({
            "global": {"scrape_interval": "2s", "scrape_timeout": "2s", "evaluation_interval": "2s"},
            "rule_files": [str(path / "rules.yml")],
            "alerting": {"alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{am}"]}]}]},
            "scrape_configs": [j for j in jobs if j["static_configs"]]}))
        def quiet(source, target, equal):
            return {"source_matchers": source, "target_matchers": target, "equal": equal}
        (path / "alertmanager.yml").write_text(json.dumps({
            "global": {"smtp_smarthost": f"127.0.0.1:{self.sink.port}", "smtp_require_tls": False,
                       "smtp_from": "alertmanager@dc.example"},
            "route": {"receiver": "it", "group_by": ["zone"], "group_wait": "30s"},
            "inhibit_rules": [
                quiet(['severity="critical"'], ['severity="warning"'], ["zone", "node"]),
                quiet(['alertname="GatewayDown"'], ['alertname="TargetDown"'], ["via"])],
            "receivers": [{"name": "it", "email_configs": [{
                "to": "it@dc.example", "send_resolved": True, "text": TEMPLATE,
                "headers": {"Subject": "[{{ .Status | toUpper }}{{ if .Alerts.Firing }}:{{ "
                            ".Alerts.Firing | len }}{{ end }}] Zone {{ .GroupLabels.zone }}: {{ "
                            "if .Alerts.Firing }}{{ (index .Alerts.Firing 0).Annotations.summary }}"
                            "{{ else }}{{ (index .Alerts 0).Annotations.summary }}{{ end }}"}}]}]}))
        self.daemons = [
            Process(path / "am.log", [
                "prometheus-alertmanager", f"--config.file={path}/alertmanager.yml",
                f"--storage.path={path}/am", "--cluster.listen-address=",
                f"--web.listen-address=127.0.0.1:{am}"]),
            Process(path / "prom.log", [
                "prometheus", f"--config.file={path}/prometheus.yml",
                f"--storage.tsdb.path={path}/tsdb", f"--web.listen-address=127.0.0.1:{web}"])]

    def job(self, name, nodes):
        rows = [{"targets": [f"127.0.0.1:{self.exporter_port}"],
                 "labels": {"__metrics_path__": f"/{n.name}", "node": n.name, "zone": n.zone,
                            "via": n.via or n.name}} for n in nodes]
        return {"job_name": name, "static_configs": rows}

    def write_rules(self):
        text = PROMETHEUS_RULES
        for name, severity, expr, hold, keep, summary, runbook in ALERTS:
            text += (f"  - alert: {name}\n    expr: {json.dumps(expr)}\n    for: {hold}\n" +
                     (f"    keep_firing_for: {keep}\n" if keep else "") +
                     f"    labels: {{ severity: {severity} }}\n    annotations:\n"
                     f"      summary: {json.dumps(summary)}\n      runbook: {json.dumps(runbook)}\n")
        (self.dir / "rules.yml").write_text(text)

    async def serve(self):
        self.server = await asyncio.start_server(self.scraped, "127.0.0.1", self.exporter_port)

    async def scraped(self, reader, writer):
        """A page for each node; a node that is down, or whose gateway is, gives none."""
        while line := await reader.readline():
            while (await reader.readline()).strip():
                pass
            n = self.plant.nodes[line.split()[1].decode()[1:]]
            up = n.up and (not n.via or self.plant.nodes[n.via].up)
            body = "".join(s.metric() for s in n.series).encode() if up else b""
            writer.write(b"HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4\r\n"
                         b"Content-Length: %d\r\n\r\n%s" %
                         (b"200 OK" if up else b"503 down", len(body), body))
        writer.close()

    def say(self):
        """It comes for the values itself."""


def make_pki(path, plants):
    """One authority; a certificate for each that speaks, with the names of those behind it."""
    run = ["sh", ROOT / "conf" / "pki.sh", path]
    def pki(*words):
        subprocess.run([*run, *words], check=True, capture_output=True)
    pki("init")
    pki("collector", "localhost", "127.0.0.1")
    alone = set()
    for plant in plants:
        for s in plant.speakers():
            behind = [n.name for n in plant.behind(s) if n is not s]
            if behind:
                pki("node", s.name, *behind)
            else:
                alone.add(s.name)
    pki("nodes", *sorted(alone))


__all__ = ["Plant", "Prometheus", "STEP", "Zonewatch", "make_pki"]
