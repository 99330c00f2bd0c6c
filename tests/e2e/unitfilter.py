# SPDX-License-Identifier: GPL-3.0-or-later
"""unitfilter.py UNIT COMMAND...: runs a command under the system calls that a systemd unit allows it,
as systemd would have it: its groups are systemd-analyze's, what is not allowed answers EPERM."""

import ctypes
import os
import re
import subprocess
import sys

SCMP_ACT_ALLOW, SCMP_ACT_EPERM = 0x7FFF0000, 0x00050001
PR_SET_NO_NEW_PRIVS = 38
# What systemd allows beside every list of what is allowed (systemd.exec(5)).
IMPLIED = {"execve", "exit", "exit_group", "getrlimit", "rt_sigreturn", "sigreturn"}


def members(name):
    """The calls of a group, and of the groups in it."""
    if not name.startswith("@"):
        return {name}
    said = subprocess.run(["systemd-analyze", "--no-pager", "syscall-filter", name],
                          capture_output=True, text=True, check=True).stdout
    words = [line.strip() for line in said.splitlines()[1:]]
    return set().union(*(members(w) for w in words if w and not w.startswith("#")))


def allowed(unit):
    """What SystemCallFilter= of a unit comes to, line by line."""
    calls = IMPLIED | members("@default")
    for value in re.findall(r"^SystemCallFilter=(.*)$", unit, re.MULTILINE):
        named = set().union(*(members(w) for w in value.lstrip("~").split()))
        calls = calls - named if value.startswith("~") else calls | named
    return calls


def enter(calls):
    """The filter, for this process and what it becomes."""
    lib = ctypes.CDLL("libseccomp.so.2")
    lib.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.seccomp_init(SCMP_ACT_EPERM))
    for call in calls:
        number = lib.seccomp_syscall_resolve_name(call.encode())
        if number >= 0:
            assert lib.seccomp_rule_add_array(context, SCMP_ACT_ALLOW, number, 0, None) == 0, call
    assert ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
    assert lib.seccomp_load(context) == 0


if __name__ == "__main__":
    with open(sys.argv[1]) as f:
        enter(allowed(f.read()))
    os.execv(sys.argv[2], sys.argv[2:])
