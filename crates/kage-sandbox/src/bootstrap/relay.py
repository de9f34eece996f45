"""Listens on loopback inside the sandbox and carries every connection to a socket file.

Arguments: PORT=SOCKET ... . It goes to the background once it listens, so that whoever started it may go on.
"""
import os
import socket
import sys
import threading


def carry(source, target):
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            target.sendall(data)
    except OSError:
        pass
    for end, how in ((source, socket.SHUT_RD), (target, socket.SHUT_WR)):
        try:
            end.shutdown(how)
        except OSError:
            pass


def join(near, path):
    far = socket.socket(socket.AF_UNIX)
    try:
        far.connect(path)
        back = threading.Thread(target=carry, args=(far, near), daemon=True)
        back.start()
        carry(near, far)
        back.join()
    except OSError:
        pass
    finally:
        near.close()
        far.close()


def serve(listener, path):
    while True:
        try:
            near, _ = listener.accept()
        except OSError:
            continue
        near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=join, args=(near, path), daemon=True).start()


threading.stack_size(256 * 1024)
doors = []
for argument in sys.argv[1:]:
    port, path = argument.split("=", 1)
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", int(port)))
    listener.listen(128)
    doors.append((listener, path))
if os.fork():
    os._exit(0)
null = os.open(os.devnull, os.O_RDWR)
for number in (0, 1, 2):
    os.dup2(null, number)
for listener, path in doors[1:]:
    threading.Thread(target=serve, args=(listener, path), daemon=True).start()
serve(*doors[0])
