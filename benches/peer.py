"""Kagemusha and moto side by side: one client, one run, one table.

`cargo xtask bench peer`, or `python benches/peer.py [--seconds N] [--clients N] [--smoke]`.

The client is as small as it can be: every process of it has one connection that it keeps as long as the server does,
and sends requests that were signed before the clock started. So what is measured is the server, as far as one machine
can do that: client and server share its cores. Every answer must be 200, else the case has failed. Requests are sent
one after the other on each connection; the latency is from the first byte sent (from connecting, when the server closes
its connections, as moto's does) to the last byte received.
"""

import argparse
import http.client
import json
import multiprocessing
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "acceptance"))

import botocore.auth  # noqa: E402
from botocore.awsrequest import AWSRequest  # noqa: E402
from botocore.credentials import Credentials  # noqa: E402

from double import Double, REGION, binary, clean_environment  # noqa: E402

BUCKET = "bench"
BODY = bytes(range(256)) * 4
FORM = "application/x-www-form-urlencoded; charset=utf-8"
# Signed requests are good for 15 minutes, and each is sent over and over within that time.
KEYS_PER_CLIENT = 64


class Kage:
    """A double in a data directory on this disk, or in memory."""

    has_bucket = False

    def __init__(self, *arguments, home=None):
        self.started = time.perf_counter()
        extra = ["--data", str(home), *arguments] if home else list(arguments)
        self.double = Double(*extra, kage=kage_binary())
        self.start_seconds = time.perf_counter() - self.started
        keys = self.double.credentials()
        self.credentials = Credentials(keys["access_key_id"], keys["secret_access_key"])
        self.endpoint, self.pid = self.double.endpoint, self.double.process.pid

    def stop(self):
        self.double.stop()


class Moto:
    """moto_server as PyPI has it."""

    has_bucket = False

    def __init__(self):
        self.started = time.perf_counter()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        command = [str(Path(sys.executable).parent / "moto_server"), "-H", "127.0.0.1", "-p", str(port)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=clean_environment(),
        )
        self.pid, self.endpoint = self.process.pid, f"http://127.0.0.1:{port}"
        self.credentials = Credentials("AKIAIOSFODNN7EXAMPLE", "secret")
        while not self.answers(port):
            if self.process.poll() is not None or time.perf_counter() - self.started > 60:
                self.stop()
                raise RuntimeError("moto_server does not start")
            time.sleep(0.01)
        self.start_seconds = time.perf_counter() - self.started

    @staticmethod
    def answers(port):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/moto-api/data.json")
            return connection.getresponse().status == 200
        except ConnectionError:
            return False
        finally:
            connection.close()

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)


def kage_binary():
    """The release build when there is one."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    release = target / "release" / "kage"
    return Path(os.environ["KAGE"]) if os.environ.get("KAGE") else release if release.is_file() else binary()


def signed(peer, service, method, path, body=b"", headers=None):
    """A whole request as bytes."""
    request = AWSRequest(method=method, url=peer.endpoint + path, data=body, headers=headers or {})
    signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    signer(peer.credentials, service, REGION).add_auth(request)
    host = urllib.parse.urlsplit(peer.endpoint).netloc
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}", f"Content-Length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def json_call(peer, operation, value, service="kms", target="TrentService", version="1.1"):
    headers = {"X-Amz-Target": f"{target}.{operation}", "Content-Type": f"application/x-amz-json-{version}"}
    return signed(peer, service, "POST", "/", json.dumps(value).encode(), headers)


def sqs(peer, operation, value):
    return json_call(peer, operation, value, "sqs", "AmazonSQS", "1.0")


def kinesis(peer, operation, value):
    return json_call(peer, operation, value, "kinesis", "Kinesis_20131202")


def logs(peer, operation, value):
    return json_call(peer, operation, value, "logs", "Logs_20140328")


def events(peer, operation, value):
    return json_call(peer, operation, value, "events", "AWSEvents")


class Connection:
    """One connection, which is kept open unless the server closes it after each answer."""

    def __init__(self, endpoint):
        where = urllib.parse.urlsplit(endpoint)
        self.where = (where.hostname, where.port)
        self.stream = None

    def open(self):
        self.socket = socket.create_connection(self.where, timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.stream = self.socket.makefile("rb", buffering=1 << 16)

    def close(self):
        self.stream.close()
        self.socket.close()
        self.stream = None

    def call(self, request):
        """Sends a request; gives status and body."""
        if self.stream is None:
            self.open()
        self.socket.sendall(request)
        status = self.stream.readline()
        if not status:
            raise RuntimeError("the server closed the connection")
        length, closes = 0, False
        while (line := self.stream.readline()) not in (b"\r\n", b""):
            name, _, value = line.partition(b":")
            name = name.lower()
            if name == b"content-length":
                length = int(value)
            elif name == b"transfer-encoding":
                raise RuntimeError("the client reads bodies of a told length only")
            elif name == b"connection":
                closes = value.strip().lower() == b"close"
        body = self.stream.read(length) if length else b""
        if closes:
            self.close()
        return int(status.split(b" ", 2)[1]), body

    def good(self, request):
        status, body = self.call(request)
        if status != 200:
            raise RuntimeError(f"answered {status}: {body[:300].decode(errors='replace')}")
        return body


def bucket(peer):
    """The bucket of the cases; each peer has its own."""
    if not peer.has_bucket:
        Connection(peer.endpoint).good(signed(peer, "s3", "PUT", f"/{BUCKET}"))
        peer.has_bucket = True


def identity(peer, _client):
    body = b"Action=GetCallerIdentity&Version=2011-06-15"
    return [signed(peer, "sts", "POST", "/", body, {"Content-Type": FORM})]


def encrypt(peer, _client):
    made = json.loads(Connection(peer.endpoint).good(json_call(peer, "CreateKey", {})))
    # 16 bytes in base64.
    wanted = {"KeyId": made["KeyMetadata"]["KeyId"], "Plaintext": "MDEyMzQ1Njc4OWFiY2RlZg=="}
    return [json_call(peer, "Encrypt", wanted)]


def put(peer, client):
    bucket(peer)
    return [signed(peer, "s3", "PUT", f"/{BUCKET}/{client}/{at}", BODY) for at in range(KEYS_PER_CLIENT)]


def get(peer, client):
    bucket(peer)
    return [signed(peer, "s3", "GET", f"/{BUCKET}/{client}/{at}") for at in range(KEYS_PER_CLIENT)]


def queue(peer, name):
    made = json.loads(Connection(peer.endpoint).good(sqs(peer, "CreateQueue", {"QueueName": name})))
    return made["QueueUrl"]


def send(peer, client):
    url = queue(peer, f"send-{client}")
    return [sqs(peer, "SendMessage", {"QueueUrl": url, "MessageBody": "x" * 256})]


def receive(peer, client):
    """What is sent is received again: each answer holds the message of the request before."""
    url = queue(peer, f"receive-{client}")
    ask = {"QueueUrl": url, "MaxNumberOfMessages": 1, "VisibilityTimeout": 43200}
    return [sqs(peer, "SendMessage", {"QueueUrl": url, "MessageBody": "x" * 256}), sqs(peer, "ReceiveMessage", ask)]


def records(peer, client):
    """One stream for each client, with more shards than the limit of writes of any rate that is measured needs."""
    name, connection = f"bench-{client}", Connection(peer.endpoint)
    connection.good(kinesis(peer, "CreateStream", {"StreamName": name, "ShardCount": 100}))
    while b'"ACTIVE"' not in connection.good(kinesis(peer, "DescribeStreamSummary", {"StreamName": name})):
        time.sleep(0.05)
    data = [{"Data": "eHh4eHh4eHh4eHh4eHh4eA==", "PartitionKey": str(at)} for at in range(100)]
    return [kinesis(peer, "PutRecords", {"StreamName": name, "Records": data})]


def lines(peer, client):
    """About 100 KiB a request."""
    group, connection = f"bench-{client}", Connection(peer.endpoint)
    connection.good(logs(peer, "CreateLogGroup", {"logGroupName": group}))
    connection.good(logs(peer, "CreateLogStream", {"logGroupName": group, "logStreamName": "s"}))
    now = int(time.time() * 1000)
    batch = [{"timestamp": now, "message": f"{at} GET /index.html 200 " + "x" * 80} for at in range(1000)]
    return [logs(peer, "PutLogEvents", {"logGroupName": group, "logStreamName": "s", "logEvents": batch})]


def put_events(peer, client):
    """Ten events a request, each matched by a rule that sends it to a queue."""
    url, source = queue(peer, f"events-{client}"), f"bench.{client}"
    connection = Connection(peer.endpoint)
    asked = json.loads(connection.good(sqs(peer, "GetQueueAttributes", {"QueueUrl": url, "AttributeNames": ["QueueArn"]})))
    arn = asked["Attributes"]["QueueArn"]
    statement = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    connection.good(sqs(peer, "SetQueueAttributes", {"QueueUrl": url, "Attributes": {"Policy": policy}}))
    pattern = json.dumps({"source": [source], "detail": {"n": [{"numeric": [">=", 0]}]}})
    connection.good(events(peer, "PutRule", {"Name": f"bench-{client}", "EventPattern": pattern}))
    connection.good(events(peer, "PutTargets", {"Rule": f"bench-{client}", "Targets": [{"Id": "1", "Arn": arn}]}))
    entry = {"Source": source, "DetailType": "Bench", "Detail": json.dumps({"n": 1})}
    return [events(peer, "PutEvents", {"Entries": [entry] * 10})]


# In this order: what is got was put before.
CASES = {
    "STS GetCallerIdentity": identity, "KMS Encrypt": encrypt, "S3 PutObject 1 KiB": put, "S3 GetObject 1 KiB": get,
    "SQS SendMessage": send, "SQS Send, Receive in turn": receive, "Kinesis PutRecords of 100": records,
    "Logs PutLogEvents of 100 KiB": lines, "Events PutEvents of 10, to SQS": put_events,
}


def client(endpoint, requests, seconds, barrier, results):
    """One client process: sends its requests in turn until the time is over."""
    try:
        connection = Connection(endpoint)
        for request in requests:
            connection.good(request)
        barrier.wait(timeout=120)
        took, at = [], 0
        start = last = time.perf_counter()
        while last - start < seconds:
            connection.good(requests[at % len(requests)])
            now = time.perf_counter()
            took.append(now - last)
            last, at = now, at + 1
        results.put((took, last - start))
    except Exception as error:  # whatever it is, the run must not wait for it
        barrier.abort()
        results.put(str(error) or type(error).__name__)


def measure(peer, requests, seconds):
    """Requests a second, and the 50th and 99th percentile of their latency in milliseconds."""
    barrier, results = multiprocessing.Barrier(len(requests)), multiprocessing.Queue()
    workers = [
        multiprocessing.Process(target=client, args=(peer.endpoint, mine, seconds, barrier, results), daemon=True)
        for mine in requests
    ]
    for worker in workers:
        worker.start()
    answers = [results.get(timeout=seconds + 180) for _ in workers]
    for worker in workers:
        worker.join()
    wrong = [answer for answer in answers if isinstance(answer, str)]
    if wrong:
        raise RuntimeError(next((text for text in wrong if "Barrier" not in text), wrong[0]))
    rate = sum(len(took) / span for took, span in answers)
    took = sorted(one for some, _ in answers for one in some)
    return rate, took[len(took) // 2] * 1000, took[min(len(took) - 1, len(took) * 99 // 100)] * 1000


def resident(pid):
    """Resident memory in MiB."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def run(make, arguments):
    """All cases of one peer. What a peer cannot do is said, and the others go on."""
    peer = make()
    try:
        rows = {"start to ready": f"{peer.start_seconds * 1000:.0f} ms", "memory when idle": f"{resident(peer.pid):.0f} MiB"}
        for name, case in CASES.items():
            try:
                requests = [case(peer, number) for number in range(arguments.clients)]
                rate, half, most = measure(peer, requests, arguments.seconds)
                rows[name] = f"{rate:,.0f}/s  p50 {half:.2f}  p99 {most:.2f} ms"
            except RuntimeError as error:
                rows[name] = f"failed: {error}"
        rows["memory afterwards"] = f"{resident(peer.pid):.0f} MiB"
        return rows
    finally:
        peer.stop()


def short(cell):
    return "failed" if cell.startswith("failed") else cell


def table(columns):
    names = list(dict.fromkeys(name for rows in columns.values() for name in rows))
    cells = [["", *columns], *([name, *(short(rows.get(name, "")) for rows in columns.values())] for name in names)]
    widths = [max(len(line[at]) for line in cells) for at in range(len(cells[0]))]
    for line in cells:
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths)).rstrip())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=5, help="how long each case runs")
    parser.add_argument("--clients", type=int, default=4, help="connections, each with its own process")
    parser.add_argument("--smoke", action="store_true", help="a very short run, to see that it works")
    arguments = parser.parse_args()
    if arguments.smoke:
        arguments.seconds, arguments.clients = 0.2, 2
    # On the disk of the build: folders for temporary files may be memory, and power-safe writes free there.
    home = Path(tempfile.mkdtemp(prefix="peer-", dir=kage_binary().parent))
    kage = kage_binary()
    print(f"{kage} ({kage.parent.name} build), {arguments.clients} clients, {arguments.seconds:g} s a case, {os.cpu_count()} cores")
    peers = {
        "kage": lambda: Kage(home=home / "process"),
        "kage --durability power": lambda: Kage("--durability", "power", home=home / "power"),
        "moto_server": Moto,
    }
    try:
        columns = {name: run(make, arguments) for name, make in peers.items()}
    finally:
        shutil.rmtree(home)
    table(columns)
    wrong = [f"{name}: {row}" for name, rows in columns.items() for row in rows.values() if row.startswith("failed")]
    print("\n".join(["", *wrong]) if wrong else "")
    sys.exit(f"{len(wrong)} cases failed" if wrong else 0)


if __name__ == "__main__":
    main()
