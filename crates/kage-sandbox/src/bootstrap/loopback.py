"""Switches the loopback interface on, where the host has no `ip`."""
import fcntl
import socket
import struct

SIOCGIFFLAGS, SIOCSIFFLAGS, IFF_UP = 0x8913, 0x8914, 1
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as handle:
    request = fcntl.ioctl(handle, SIOCGIFFLAGS, struct.pack("16sH14s", b"lo", 0, b""))
    flags = struct.unpack("16sH14s", request)[1]
    fcntl.ioctl(handle, SIOCSIFFLAGS, struct.pack("16sH14s", b"lo", flags | IFF_UP, b""))
