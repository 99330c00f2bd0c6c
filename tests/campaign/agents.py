# SPDX-License-Identifier: GPL-3.0-or-later
"""zonewatch-agent itself under SIGKILL. Its collector is one of the tests', outside of what is killed:
it remembers every frame, and at times it is away, or listens and acknowledges nothing."""

import os
import socket
import ssl
import struct
import threading
import time

from campaign import campaign, dice
from conftest import free_port, wait_for
from wire import ACK, BATCH, EVENT, HELLO, LIVE, PING, PONG, WELCOME, crc32c, frame, read_varint, varint


class Collector:
    """As much of one as an agent needs. mode: "ack", "mute" (takes, and says nothing), "away"."""

    def __init__(self, rig):
        self.port, self.mode, self.lock = free_port(), "ack", threading.Lock()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.context.load_cert_chain(rig.dir / "pki" / "collector.crt", rig.dir / "pki" / "collector.key")
        self.context.load_verify_locations(rig.dir / "pki" / "ca.crt")
        self.context.verify_mode = ssl.CERT_REQUIRED
        self.streams, self.records, self.faults = set(), {}, []  # (stream, seq) -> payload
        self.durable, self.acked, self.connections = {}, 0, set()
        self.socket = None
        self.turn("ack")

    def turn(self, mode):
        """Another way to be."""
        self.mode = mode
        if mode == "away":
            if self.socket:
                self.socket.close()
                self.socket = None
            for c in list(self.connections):
                c.close()
        elif self.socket is None:
            self.socket = socket.socket()
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self.socket.bind(("127.0.0.1", self.port))
            self.socket.listen()
            threading.Thread(target=self.listen, args=(self.socket,), daemon=True).start()

    def listen(self, listener):
        while True:
            try:
                raw, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self.session, args=(raw,), daemon=True).start()

    def session(self, raw):
        try:
            raw.settimeout(20)
            self.connections.add(raw)
            with self.context.wrap_socket(raw, server_side=True) as tls:
                self.connections.add(tls)
                self.talk(tls)
        except (OSError, EOFError, ValueError):
            pass
        finally:
            self.connections.discard(raw)

    @staticmethod
    def read(tls, n):
        data = b""
        while len(data) < n:
            more = tls.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def talk(self, tls):
        stream = None
        while self.mode != "away":
            head = self.read(tls, 12)
            kind, flags, n = head[2], head[3], struct.unpack(">I", head[4:8])[0]
            payload = self.read(tls, n)
            if crc32c(bytes([kind]) + payload) != struct.unpack(">I", head[8:])[0]:
                self.faults.append("a frame's checksum is wrong")
            if kind == HELLO:
                stream = payload[:16]
                self.streams.add(stream)
                at = read_varint(payload, read_varint(payload, 16)[1])[1]
                now = struct.pack(">Q", int(time.time() * 1000))
                tls.sendall(frame(WELCOME, varint(self.durable.get(stream, 0)) + payload[at:at + 8] +
                                  now + now + varint(256) + varint(1 << 20) + varint(2) + b"n0"))
            elif kind in (BATCH, EVENT) and not flags & LIVE:
                self.record(tls, stream, kind, payload)
            elif kind == PING:
                tls.sendall(frame(PONG, payload + struct.pack(">Q", int(time.time() * 1000))))

    def record(self, tls, stream, kind, payload):
        """A numbered record: it means what it meant, and comes after those before it."""
        seq = read_varint(payload, 0)[0]
        with self.lock:
            known = self.records.setdefault((stream, seq), (kind, payload))
            if known != (kind, payload):
                self.faults.append(f"number {seq} means two things")
            if seq <= self.durable.get(stream, 0):
                self.faults.append(f"number {seq} came although it was acknowledged")
            if self.mode != "ack":
                return
            self.durable[stream] = seq
            self.acked += 1
        tls.sendall(frame(ACK, varint(seq)))

    def times(self):
        """The moments of all batches."""
        with self.lock:
            return {read_varint(p, read_varint(p, 0)[1])[0]
                    for k, p in self.records.values() if k == BATCH}


@campaign("kill-agent", short=7, long=300, build="release", seconds=(60, 5400))
def kill_agent(rig, n, seed):
    """SIGKILL of zonewatch-agent at n random moments, its collector often away or mute: each moment
    measured more than a second before a kill is delivered, and no number means two things."""
    d = dice(seed, "kill-agent")
    rig.node("n0")
    collector = Collector(rig)
    rig.agent_port = collector.port
    dark = []  # from a second before a kill until the agent measures again
    for _ in range(n):
        a = rig.agent("n0")
        began = time.time()
        if dark:
            dark[-1] = (dark[-1], began + 3)
        time.sleep(d.uniform(0.05, 0.5) if d.random() < 0.3 else d.uniform(0.5, 2.5))
        if d.random() < 0.5:
            collector.turn(d.choice(("away", "mute", "ack")))
            time.sleep(d.uniform(0, 1.5))
        assert a.alive(), f"seed {seed}: {a.text()[-2000:]}"
        a.kill()
        rig.daemons.remove(a)
        dark.append(time.time() - 2)  # its time stamp is up to a second before its making
    collector.turn("ack")
    a = rig.agent("n0")
    dark[-1] = (dark[-1], time.time() + 3)
    end = int(time.time()) + 4
    wait_for("all", 60, lambda: max(collector.times(), default=0) >= end)
    assert a.stop() == 0
    times = collector.times()
    missing = [t for t in range(min(times), end) if t not in times and
               not any(a <= t <= b for a, b in dark)]
    assert not missing, f"seed {seed}: measured, and never came: {missing[:10]}"
    assert not collector.faults, f"seed {seed}: {collector.faults[:5]}"
    assert len(collector.streams) == 1, f"seed {seed}: the spool was begun anew"
    os.stat(rig.dir / "spool-n0")
    return (f"{n} kills, {len(times)} moments, {len(collector.records)} records, {collector.acked} "
            f"acknowledged; 0 of what was measured more than 1 s before a kill lost, no number twice")
