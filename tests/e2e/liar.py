# SPDX-License-Identifier: GPL-3.0-or-later
"""An SNMP agent that lies, for the tests of the gateway: v1 and v2c, one behaviour a port.

Run as a program it serves one behaviour: liar.py MODE PORT. The tests use it as a thread."""

import os
import socket
import sys
import threading
import time


def tlv(tag, body):
    """One element in BER."""
    n = len(body)
    if n < 0x80:
        return bytes([tag, n]) + body
    size = (n.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + n.to_bytes(size, "big") + body


def integer(n, tag=2):
    return tlv(tag, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def oid(text):
    """An OID of text."""
    numbers = [int(x) for x in text.split(".")]
    out = bytearray()
    for n in [numbers[0] * 40 + numbers[1], *numbers[2:]]:
        part = [n & 0x7F]
        while n := n >> 7:
            part.append(0x80 | n & 0x7F)
        out += bytes(reversed(part))
    return tlv(6, bytes(out))


def octets(data):
    return tlv(4, data)


def bind(name, value):
    return tlv(0x30, oid(name) + value)


def take(data, at):
    """The tag, body and end of the element at a place."""
    tag, n, at = data[at], data[at + 1], at + 2
    if n & 0x80:
        size = n & 0x7F
        n, at = int.from_bytes(data[at:at + size], "big"), at + size
    return tag, data[at:at + n], at + n


def text_of(body):
    """An OID's text."""
    numbers, n = [], 0
    for b in body:
        n = n << 7 | b & 0x7F
        if not b & 0x80:
            numbers.append(n)
            n = 0
    first = min(numbers[0] // 40, 2)
    return ".".join(map(str, [first, numbers[0] - 40 * first, *numbers[1:]]))


class Request:
    """What was asked."""

    def __init__(self, data):
        self.size = len(data)
        _, body, _ = take(data, 0)
        _, version, at = take(body, 0)
        _, self.community, at = take(body, at)
        self.version = version
        self.command, pdu, _ = take(body, at)
        _, rid, at = take(pdu, 0)
        self.id = int.from_bytes(rid, "big", signed=True)
        _, a, at = take(pdu, at)
        _, b, at = take(pdu, at)
        self.repetitions = int.from_bytes(b, "big") if self.command == 0xA5 else 1
        _, binds, _ = take(pdu, at)
        self.oids, at = [], 0
        while at < len(binds):
            _, one, at = take(binds, at)
            self.oids.append(text_of(take(one, 0)[1]))

    def answer(self, binds, status=0, index=0, rid=None, community=None):
        pdu = tlv(0xA2, integer(self.id if rid is None else rid) + integer(status)
                  + integer(index) + tlv(0x30, b"".join(binds)))
        return tlv(0x30, tlv(2, self.version)
                   + octets(self.community if community is None else community) + pdu)


def after(name):
    """The next object of an endless tree, below any short root."""
    if name.count(".") < 8:
        return name + ".1"
    head, last = name.rsplit(".", 1)
    return f"{head}.{int(last) + 1}"


def good(q):
    """What an honest agent says: each object is a text; walks never end."""
    if q.command == 0xA0:
        return [bind(o, octets(b"liar")) for o in q.oids]
    out, at = [], list(q.oids)
    for _ in range(q.repetitions):
        at = [after(o) for o in at]
        out += [bind(o, octets(b"liar")) for o in at]
    return out


class Liar(threading.Thread):
    """Answers on a port of loopback until stop()."""

    def __init__(self, mode, port=0):
        super().__init__(daemon=True)
        self.mode, self.heard, self.running = mode, [], True
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", port))
        self.socket.settimeout(0.1)
        self.port = self.socket.getsockname()[1]
        self.other = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.other.bind(("127.0.0.1", 0))
        self.start()

    def stop(self):
        self.running = False
        self.join(5)
        self.socket.close()
        self.other.close()

    def run(self):
        while self.running:
            try:
                data, peer = self.socket.recvfrom(65535)
            except TimeoutError:
                continue
            try:
                q = Request(data)
            except IndexError:
                q = None
            self.heard.append(q)
            if q is not None:
                getattr(self, "do_" + self.mode)(q, lambda d: self.socket.sendto(d, peer), peer)

    def do_ok(self, q, send, peer):
        send(q.answer(good(q)))

    def do_silent(self, q, send, peer):
        pass

    def do_wrongid(self, q, send, peer):
        send(q.answer(good(q), rid=q.id + 1))

    def do_truncated(self, q, send, peer):
        d = q.answer(good(q))
        send(d[:len(d) // 2])

    def do_garbage(self, q, send, peer):
        send(os.urandom(300))

    def do_hugelength(self, q, send, peer):
        send(b"\x30\x84\xff\xff\xff\xff" + b"A" * 200)

    def do_giant(self, q, send, peer):
        send(q.answer([bind(q.oids[0], octets(b"A" * 60000))]))

    def do_many(self, q, send, peer):
        send(q.answer([bind(q.oids[0], octets(b"x"))] * 2500))

    def do_othersource(self, q, send, peer):
        self.other.sendto(q.answer(good(q)), peer)

    def do_otheroid(self, q, send, peer):
        send(q.answer([bind("1.3.6.1.2.1.1.99.0", octets(b"swapped")) for _ in q.oids]))

    def do_control(self, q, send, peer):
        send(q.answer([bind(o, octets(b"x\r\nBcc: a@b\x1b[31m<b>\x00y")) for o in q.oids]))

    def do_wrongtype(self, q, send, peer):
        send(q.answer([bind(o, tlv(0x41, b"\xff" * 9)) for o in q.oids]))

    def do_badlength(self, q, send, peer):
        send(q.answer([bind(o, tlv(0x40, b"\x01\x02")) for o in q.oids]))

    def do_unknowntag(self, q, send, peer):
        send(q.answer([bind(o, tlv(0x5F, b"\x01")) for o in q.oids]))

    def do_empty(self, q, send, peer):
        send(q.answer([]))

    def do_nothing(self, q, send, peer):
        send(b"")

    def do_short(self, q, send, peer):
        send(q.answer(good(q)[:-1]))

    def do_dribble(self, q, send, peer):
        for i in range(1, 200):
            send(q.answer(good(q), rid=q.id + i))

    def do_twice(self, q, send, peer):
        send(q.answer(good(q)))
        send(q.answer(good(q)))

    def do_slow(self, q, send, peer):
        time.sleep(0.3)
        send(q.answer(good(q)))

    def do_reordered(self, q, send, peer):
        send(q.answer(good(q)[::-1]))

    def do_junkstatus(self, q, send, peer):
        send(q.answer(good(q), status=2147483647, index=-2147483648))

    def do_generr(self, q, send, peer):
        send(q.answer(good(q), status=5, index=1 + len(q.oids) * 7))

    def do_noaccess(self, q, send, peer):
        send(q.answer(good(q), status=16, index=1))

    def do_community(self, q, send, peer):
        send(q.answer(good(q), community=b"other"))

    def do_request(self, q, send, peer):
        d = q.answer(good(q))
        send(d.replace(b"\xa2", b"\xa0", 1))

    def do_stuck(self, q, send, peer):
        """A walk that stands still."""
        send(q.answer([bind(o, octets(b"x")) for o in q.oids] * q.repetitions))

    def do_backwards(self, q, send, peer):
        """A walk that turns back at its fifth object."""
        out, at = [], list(q.oids)
        for _ in range(q.repetitions):
            at = [after(o) if not o.endswith(".5") else o[:-1] + "2" for o in at]
            out += [bind(o, octets(b"x")) for o in at]
        send(q.answer(out))

    def do_choke(self, q, send, peer):
        """Silent about more than five objects."""
        if len(q.oids) * q.repetitions <= 5:
            send(q.answer(good(q)))

    def do_toobig(self, q, send, peer):
        """Says tooBig to more than five objects."""
        if len(q.oids) * q.repetitions <= 5:
            send(q.answer(good(q)))
        else:
            send(q.answer([bind(o, tlv(5, b"")) for o in q.oids], status=1))

    def do_mute(self, q, send, peer):
        """Silent when object .7.0 is asked for."""
        if not any(o.endswith(".7.0") for o in q.oids):
            send(q.answer(good(q)))


if __name__ == "__main__":
    Liar(sys.argv[1], int(sys.argv[2])).join()
