#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""farnet.py COMMAND...: runs a command in a network namespace of its own, with a far network behind a
TUN device whose hosts 10.9.x.y answer pings each in its own way (the table below). Ends as the
command does; 77 where this is not permitted."""

import ctypes
import fcntl
import heapq
import os
import socket
import struct
import subprocess
import sys
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN, IFF_NO_PI = 1, 0x1000


def checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total ^ 0xFFFF


def packet(src, dst, icmp):
    icmp = icmp[:2] + b"\0\0" + icmp[4:]
    icmp = icmp[:2] + struct.pack(">H", checksum(icmp)) + icmp[4:]
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(icmp), 0, 0, 64, 1, 0, src, dst)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + icmp


def answers(host, number, src, dst, echo):
    """What comes back of the number-th echo to a host: (delay in s, packet) each."""
    reply = b"\0" + echo[1:]
    good = packet(dst, src, reply)
    other = socket.inet_aton("10.9.99.99")
    table = {
        "10.9.0.1": [(0.040, good)],
        "10.9.0.2": [(0.700, good)],
        "10.9.0.3": [(0.005, good), (0.006, good), (0.007, good)],
        "10.9.0.4": [(0.010 if number % 2 else 0.030, good)],
        "10.9.0.5": [(0.005, packet(other, src, reply))],
        "10.9.0.6": [(0.005, packet(dst, src, reply[:8] + b"?" * 8 + reply[16:]))],
        "10.9.0.7": [(0.005, packet(dst, src, reply[:6] + bytes([reply[6], reply[7] ^ 1])
                                    + reply[8:]))],
        "10.9.0.8": [(0.005, packet(dst, src, reply[:-1]))],
        "10.9.0.9": [(0.005, packet(dst, src, reply[:12])), (0.005, packet(dst, src, reply[:8])),
                     (0.005, b"\x4f" + good[1:40]), (0.010, good)],
        "10.9.0.10": [(0.005, packet(dst, src, reply[:4] + bytes([reply[4] ^ 1]) + reply[5:]))],
    }
    if host in table:
        return table[host]
    if host.startswith("10.9.1."):  # four of ten are lost
        return [] if number % 5 in (1, 3) else [(0.002, good)]
    return []


def far(tun):
    """The network: reads what is sent into it, and answers when it is time."""
    waiting, counts, lock = [], {}, threading.Condition()

    def send():
        while True:
            with lock:
                while not waiting or waiting[0][0] > time.monotonic():
                    lock.wait(max(0, waiting[0][0] - time.monotonic()) if waiting else None)
                data = heapq.heappop(waiting)[2]
            os.write(tun, data)

    threading.Thread(target=send, daemon=True).start()
    order = 0
    while True:
        data = os.read(tun, 65536)
        now = time.monotonic()
        if data[0] >> 4 != 4 or data[9] != 1 or data[(data[0] & 15) * 4] != 8:
            continue
        src, dst, echo = data[12:16], data[16:20], data[(data[0] & 15) * 4:]
        host = socket.inet_ntoa(dst)
        number = counts[host] = counts.get(host, -1) + 1
        with lock:
            for delay, reply in answers(host, number, src, dst, echo):
                order += 1
                heapq.heappush(waiting, (now + delay, order, reply))
            lock.notify()


def main():
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET) != 0:
        return 77
    try:
        tun = os.open("/dev/net/tun", os.O_RDWR | os.O_CLOEXEC)
        fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22x", b"far0", IFF_TUN | IFF_NO_PI))
        for words in ("link set lo up", "addr add 10.8.0.1/32 dev far0", "link set far0 up",
                      "route add 10.9.0.0/16 dev far0"):
            subprocess.run(["ip", *words.split()], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return 77
    threading.Thread(target=far, args=(tun,), daemon=True).start()
    return subprocess.run(sys.argv[1:], check=False).returncode


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    os._exit(code if code >= 0 else 1)
