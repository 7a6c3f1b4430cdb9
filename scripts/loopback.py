"""Bring the loopback interface of this network namespace up and become a command: `unshare -rn python loopback.py CMD...`."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys

# <linux/sockios.h>, <linux/if.h>; `ip link set lo up`, on machines without iproute2
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1

with socket.socket() as any_socket:
    fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
os.execvp(sys.argv[1], sys.argv[1:])
