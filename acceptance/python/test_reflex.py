"""What happens is seen and answered, also when targets fail, functions are hostile, input is poison, and a year passes.

All with boto3 against a double of its own, whose clock these tests move.
"""

import base64
import io
import json
import os
import struct
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from conftest import Setting
from double import Double, REGION
from wire import refused, request, send, sign

# How often something is asked for before it counts as missing.
PATIENCE = 100


class Stage(Setting):
    """A double with short ways to queues, rules and functions."""

    def __init__(self, double):
        super().__init__(double)
        names = ("sqs", "events", "lambda", "iam", "logs", "kinesis", "s3", "cloudtrail", "cloudwatch", "scheduler")
        for name in names:
            setattr(self, name.replace("lambda", "lambdas"), self.client(name))
        self.role = self.make_role("app", ["lambda.amazonaws.com", "scheduler.amazonaws.com"], "*")

    def make_role(self, name, services, action):
        trust = {"Effect": "Allow", "Principal": {"Service": services}, "Action": "sts:AssumeRole"}
        role = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        allow = {"Effect": "Allow", "Action": action, "Resource": "*"}
        self.iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(allow))
        return role

    def arn(self, service, name):
        return f"arn:aws:{service}:{REGION}:{self.account}:{name}"

    def queue(self, name, for_events=True, **attributes):
        if for_events:
            attributes["Policy"] = policy({
                "Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage",
                "Resource": self.arn("sqs", name),
            })
        self.sqs.create_queue(QueueName=name, Attributes=attributes)
        return self.arn("sqs", name)

    def take(self, name):
        """Everything that is in a queue: bodies as JSON, and attributes."""
        url, all = self.sqs.get_queue_url(QueueName=name)["QueueUrl"], []
        while True:
            found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
            messages = found.get("Messages", [])
            if not messages:
                return all
            entries = [{"Id": str(n), "ReceiptHandle": one["ReceiptHandle"]} for n, one in enumerate(messages)]
            self.sqs.delete_message_batch(QueueUrl=url, Entries=entries)
            for one in messages:
                attributes = one.get("MessageAttributes", {})
                all.append((json.loads(one["Body"]), {key: value["StringValue"] for key, value in attributes.items()}))

    def function(self, name, code, for_events=True, **settings):
        made = self.lambdas.create_function(**{
            "FunctionName": name, "Runtime": "python3.12", "Handler": "index.handler", "Role": self.role,
            "Code": {"ZipFile": packed({"index.py": code})}, "Timeout": 20, **settings,
        })
        if for_events:
            self.lambdas.add_permission(
                FunctionName=name, StatementId="e", Action="lambda:InvokeFunction", Principal="events.amazonaws.com",
            )
        # It becomes active by a job that is due at once.
        wait = {"Delay": 0, "MaxAttempts": 1000}
        self.lambdas.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig=wait)
        return made["FunctionArn"]

    def invoke(self, name, event=None):
        """What a function answered: its error, and its payload as JSON."""
        answer = self.lambdas.invoke(FunctionName=name, Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    def rule(self, name, *targets, pattern=None, schedule=None):
        how = {"ScheduleExpression": schedule} if schedule else {"EventPattern": json.dumps(pattern)}
        self.events.put_rule(Name=name, **how)
        targets = [{"Id": str(number), **target} for number, target in enumerate(targets)]
        assert self.events.put_targets(Rule=name, Targets=targets)["FailedEntryCount"] == 0

    def put(self, source, detail):
        entry = {"Source": source, "DetailType": "t", "Detail": json.dumps(detail)}
        answer = self.events.put_events(Entries=[entry])
        assert answer["FailedEntryCount"] == 0, answer

    def advance(self, by):
        """Moves the clock on; every job on the way, and what it started, is done when this ends."""
        return self.double.admin("/v1/clock", {"advance": by})


def policy(statement):
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def packed(files):
    """A zip of these files."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            add(archive, name, text)
    return buffer.getvalue()


def add(archive, name, data, mode=0o100644):
    """Without a mode, Python makes files that only their owner may read: functions could not, as on AWS."""
    info = zipfile.ZipInfo(name)
    info.external_attr, info.create_system, info.compress_type = mode << 16, 3, zipfile.ZIP_DEFLATED
    archive.writestr(info, data)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        with Double("--data", str(tmp_path_factory.mktemp("double") / "data")) as double:
            yield Stage(double)
            assert double.stop() == 0


def test_targets_that_fail_hang_are_denied_or_deleted(stage):
    # claims: LOG-EVENTBRIDGE-02
    failed, dead = stage.queue("failed"), stage.queue("dead")
    closed = stage.queue("closed", for_events=False)
    raises = stage.function("raises", "def handler(e, c): raise ValueError('no')")
    hangs = stage.function("hangs", "import time\ndef handler(e, c): time.sleep(60)", Timeout=1)
    denied = stage.function("denied", "def handler(e, c): pass")
    gone = stage.function("gone", "def handler(e, c): pass")
    for name in ("raises", "hangs"):
        to = {"OnFailure": {"Destination": failed}}
        stage.lambdas.put_function_event_invoke_config(FunctionName=name, DestinationConfig=to)
    letters = {"DeadLetterConfig": {"Arn": dead}}
    nobody = {"DeadLetterConfig": {"Arn": stage.arn("sqs", "no-such-queue")}}
    targets = [{"Arn": arn, **letters} for arn in (raises, hangs, denied, gone, closed)]
    stage.rule("faults", *targets, pattern={"source": ["faults"]})
    # Dead letters that cannot arrive are lost, and nothing waits for them.
    stage.rule("no-letters", {"Arn": closed, **nobody}, pattern={"source": ["faults"]})
    stage.lambdas.remove_permission(FunctionName="denied", StatementId="e")
    stage.lambdas.delete_function(FunctionName="gone")
    stage.put("faults", {"n": 1})
    stage.advance("2d")

    found = {attributes["TARGET_ARN"]: (body, attributes) for body, attributes in stage.take("dead")}
    codes = {arn: attributes["ERROR_CODE"] for arn, (_, attributes) in found.items()}
    assert codes == {denied: "NO_PERMISSIONS", gone: "NO_RESOURCE", closed: "NO_PERMISSIONS"} or codes == {
        denied: "NO_PERMISSIONS", gone: "NO_PERMISSIONS", closed: "NO_PERMISSIONS",
    }
    for body, attributes in found.values():
        assert body["detail"] == {"n": 1}
        assert attributes["RULE_ARN"] == stage.arn("events", "rule/faults")
        # What is not tried again has no exhausted condition.
        assert set(attributes) == {"RULE_ARN", "TARGET_ARN", "ERROR_CODE", "ERROR_MESSAGE"}
    records = {body["requestContext"]["functionArn"].split(":")[6]: body for body, _ in stage.take("failed")}
    assert set(records) == {"raises", "hangs"}
    for record in records.values():
        assert record["requestContext"]["condition"] == "RetriesExhausted"
        assert record["requestContext"]["approximateInvokeCount"] == 3
    assert records["raises"]["responsePayload"]["errorType"] == "ValueError"
    assert "timed out after 1.00 seconds" in records["hangs"]["responsePayload"]["errorMessage"]


HOSTILE = '''
import os, socket, sys, time
def tries(work):
    try:
        work()
        return "done"
    except OSError as error:
        return type(error).__name__
def stdout(e):
    for _ in range(100): sys.stdout.write(("x" * 999 + "\\n") * 1000)
    return "written"
def files(e):
    kept = []
    try:
        while len(kept) < 10000: kept.append(open("/dev/null"))
    except OSError as error:
        return [len(kept), error.errno]
    return [len(kept), 0]
def small(e):
    n = 0
    try:
        while n < 3000000:
            open(f"/tmp/{n}", "w").close()
            n += 1
    except OSError as error:
        return [n > 0, error.errno]
def orphans(e):
    for _ in range(20):
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.execvp("sleep", ["sleep", e["mark"]])
            os._exit(0)
    return "left"
def reads(e):
    return {place: tries(lambda: os.listdir(place)) for place in e["places"]} | {"home": listed(e["home"])}
def listed(place):
    return os.listdir(place) if os.path.isdir(place) else []
def connects(e):
    return {f"{host}:{port}": tries(lambda: socket.create_connection((host, port), 1)) for host, port in e["hosts"]}
def exits(e): os._exit(7)
def kills(e): os.kill(os.getpid(), 9)
def parent(e):
    return tries(lambda: os.kill(os.getppid(), 9)) if os.getppid() > 1 else tries(lambda: os.kill(-1, 0))
def large(e): return "x" * 7000000
def invalid(e):
    import urllib.request
    return "\\udcff"
def fine(e): return "fine"
def handler(e, c): return globals()[e["do"]](e)
'''


def running(mark):
    """The processes of this machine with a word among their arguments."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{name}/cmdline", "rb") as file:
                if mark.encode() in file.read().split(b"\0"):
                    found.append(name)
        except OSError:
            pass
    return found


def test_hostile_functions_are_answered_and_leave_nothing(stage):
    stage.function("hostile", HOSTILE, MemorySize=256)
    stage.function("victim", "def handler(e, c): return __file__")
    assert stage.invoke("victim") == (None, "/var/task/index.py") or not isolated()

    def do(what, **more):
        answer = stage.invoke("hostile", {"do": what, **more})
        # Whatever it did, the next invocation works.
        assert stage.invoke("hostile", {"do": "fine"}) == (None, "fine"), what
        return answer

    assert do("stdout") == (None, "written")
    error, (count, number) = do("files")
    assert error is None and (number == 24 or count == 10000)
    mark = f"98{os.getpid()}.5"
    assert do("orphans", mark=mark) == (None, "left")
    for what, text in (("exits", "exit status 7"), ("kills", "signal: killed")):
        error, payload = do(what)
        assert error == "Unhandled" and payload["errorType"] == "Runtime.ExitError", payload
        assert text in payload["errorMessage"], payload
    error, payload = do("large")
    assert error == "Unhandled" and payload["errorType"] == "Function.ResponseSizeTooLarge"
    # What ended with their environment: no process is left. The kernel takes a moment for the last ones.
    for _ in range(PATIENCE):
        if not running(mark):
            break
        stage.invoke("hostile", {"do": "fine"})
    assert running(mark) == []
    if not isolated():
        pytest.skip("this host allows no namespaces: files and network are not hidden here")
    data = stage.double.ready["data"]
    home = str(Path.home())
    places = [data, f"{data}/store", f"{data}/sandbox", "/proc/1/root", f"{home}/.cache", f"{home}/.ssh", str(Path(__file__).parent)]
    error, seen = do("reads", places=places, home=home)
    # A home folder is there only as the way to an interpreter inside it.
    assert error is None and set(seen.pop("home")) <= set(Path(sys.executable).resolve().parts), seen
    assert "done" not in seen.values(), seen
    open_port, *ports = (int(stage.double.ready[name].rsplit(":", 1)[1]) for name in ("endpoint", "admin", "tls_endpoint"))
    ports = [port for port in ports if port != open_port]
    assert ports
    hosts = [("127.0.0.1", port) for port in ports] + [("192.0.2.1", 80), ("1.1.1.1", 53), ("169.254.169.254", 80)]
    error, seen = do("connects", hosts=hosts)
    assert error is None and "done" not in seen.values(), seen


def isolated():
    """Whether this host lets the sandbox hide files."""
    done = subprocess.run(["unshare", "-Urmn", "true"], capture_output=True)
    return done.returncode == 0


def test_a_jump_of_a_year_ends_in_order_and_loses_nothing(stage):
    # claims: LOG-EVENTBRIDGE-02
    target = stage.queue("year", MessageRetentionPeriod="1209600")
    work = stage.queue("work")
    stage.s3.create_bucket(Bucket="year-of-trail")
    places = ["arn:aws:s3:::year-of-trail", "arn:aws:s3:::year-of-trail/*"]
    stage.s3.put_bucket_policy(Bucket="year-of-trail", Policy=policy({
        "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
        "Action": ["s3:GetBucketAcl", "s3:PutObject"], "Resource": places,
    }))
    stage.cloudtrail.create_trail(Name="year", S3BucketName="year-of-trail", EnableLogFileValidation=True)
    stage.cloudtrail.start_logging(Name="year")
    stage.cloudwatch.put_metric_alarm(
        AlarmName="year", Namespace="N", MetricName="m", Statistic="Sum", Period=300, EvaluationPeriods=1, Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
    )
    stage.logs.create_log_group(logGroupName="year")
    stage.logs.put_retention_policy(logGroupName="year", retentionInDays=7)
    stage.logs.create_log_stream(logGroupName="year", logStreamName="s")
    now = int(double_time(stage).timestamp() * 1000)
    stage.logs.put_log_events(logGroupName="year", logStreamName="s", logEvents=[{"timestamp": now, "message": "old"}])
    stage.function("worker", "def handler(e, c): return len(e['Records'])")
    stage.lambdas.create_event_source_mapping(FunctionName="worker", EventSourceArn=work)
    for number in range(30):
        stage.sqs.send_message(QueueUrl=stage.sqs.get_queue_url(QueueName="work")["QueueUrl"], MessageBody=str(number))
    stage.rule("daily", {"Arn": target}, schedule="rate(1 day)")
    stage.scheduler.create_schedule(
        Name="daily", ScheduleExpression="rate(1 day)", FlexibleTimeWindow={"Mode": "OFF"},
        Target={"Arn": target, "RoleArn": stage.role, "Input": json.dumps({"time": "<aws.scheduler.scheduled-time>", "detail-type": "schedule"})},
    )
    # A trail with digests has most to do: 24 files a day. It goes on for three days, and then the year passes.
    first = stage.advance("3d")
    stage.cloudtrail.stop_logging(Name="year")
    rest = stage.advance("365d")
    assert first["jobs_run"] >= 72 and rest["jobs_run"] >= 730, (first, rest)
    digests = [
        one["Key"] for page in stage.s3.get_paginator("list_objects_v2").paginate(Bucket="year-of-trail")
        for one in page.get("Contents", []) if "/CloudTrail-Digest/" in one["Key"] and one["Key"].endswith(".gz")
    ]
    # A digest each hour, none left out, and the last one after the stop.
    hours = sorted(key.rsplit("_", 1)[1] for key in digests)
    assert 72 <= len(hours) <= 74 and len(set(hours)) == len(hours), hours
    # The queue keeps 14 days: the runs of the last 14 are all there, none twice.
    runs = {"Scheduled Event": [], "schedule": []}
    for body, _ in stage.take("year"):
        runs[body["detail-type"]].append(body["time"])
    for kind, times in runs.items():
        assert 13 <= len(set(times)) <= 15 and len(times) == len(set(times)), (kind, sorted(times))
    assert stage.logs.get_log_events(logGroupName="year", logStreamName="s")["events"] == []
    assert stage.cloudwatch.describe_alarms(AlarmNames=["year"])["MetricAlarms"][0]["StateValue"] == "INSUFFICIENT_DATA"
    assert stage.take("work") == []


def double_time(stage):
    import datetime

    return datetime.datetime.fromisoformat(stage.double.admin("/v1/clock")["now"].replace("Z", "+00:00"))


def test_events_that_are_too_large_or_malformed_are_refused(stage):
    events = stage.events
    large = {"Source": "s", "DetailType": "t", "Detail": json.dumps({"x": "y" * 300_000})}
    refused(lambda: events.put_events(Entries=[large] * 4), "ValidationException", 400)
    entries = [{"Source": "s", "DetailType": "t", "Detail": text} for text in ("{", "[]", "1", "{}")]
    answer = events.put_events(Entries=entries)
    assert [entry.get("ErrorCode") for entry in answer["Entries"]] == ["MalformedDetail"] * 3 + [None]
    deep = "[" * 2000 + "]" * 2000
    for pattern in ("{", "[]", "{}", '{"a":1}', '{"a":[{"prefix":1}]}', '{"a":[{"no-such":1}]}', deep):
        refused(lambda: events.put_rule(Name="bad", EventPattern=pattern), "InvalidEventPatternException", 400)
    many = json.dumps({"source": [{"wildcard": "*a" * 1000}]})
    refused(lambda: events.put_rule(Name="bad", EventPattern=many), "InvalidEventPatternException", 400)
    for text in ("cron(", "cron(* * * * *)", "cron(0 0 31 2 ? 99999)", "rate(0 minutes)", "rate(1 hours)", "rate(-1 day)", "at(x)"):
        refused(lambda: events.put_rule(Name="bad", ScheduleExpression=text), "ValidationException", 400)
        window = {"FlexibleTimeWindow": {"Mode": "OFF"}, "Target": {"Arn": stage.arn("sqs", "q"), "RoleArn": stage.role}}
        if text != "rate(1 hours)":
            refused(
                lambda: stage.scheduler.create_schedule(Name="bad", ScheduleExpression=text, **window),
                "ValidationException", 400,
            )


def zip_with(name, mode=0o100644, data=b"x"):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        add(archive, name, data, mode)
        add(archive, "index.py", "def handler(e, c): return open('/var/task/link').read()")
    return buffer.getvalue()


def test_archives_that_are_bombs_or_reach_outside_are_refused(stage):
    def create(name, archive):
        return lambda: stage.function(name, "", for_events=False, Code={"ZipFile": archive})

    refused(create("z", b"not a zip"), "InvalidParameterValueException", 400)
    refused(create("z", zip_with("x")[:-30]), "InvalidParameterValueException", 400)
    # 263 MB of zeros are 260 kB of zip; a function may have 250 MiB unpacked.
    bomb = zip_with("zeros", data=bytes(263_000_000))
    refused(create("z", bomb), "InvalidParameterValueException", 400)
    # One that lies about its size: the field of the central directory says 10 bytes.
    archive = bytearray(bomb)
    at = archive.find(b"PK\x01\x02")
    archive[at + 24:at + 28] = struct.pack("<I", 10)
    archive[22:26] = struct.pack("<I", 10)
    made = outcome(stage, "lies", bytes(archive))
    assert made in ("InvalidParameterValueException", "Unhandled"), made
    # What is too large zipped: 50 MB are taken, in Base64, and no more than 70,167,211 bytes of request.
    noise = os.urandom(20_000_000)
    stage.function("noise", "", for_events=False, Code={"ZipFile": zip_with("noise", data=noise)})
    refused(create("z", zip_with("noise", data=noise * 3)), "RequestEntityTooLargeException", 413)
    marker = f"escaped-{os.getpid()}"
    for number, name in enumerate((f"../../../../../../tmp/{marker}", f"/tmp/{marker}", f"a/../../../../{marker}")):
        outcome(stage, f"traversal-{number}", zip_with(name))
    for place in ("/tmp", "/", os.getcwd()):
        assert marker not in os.listdir(place), place
    # A link in a package shows nothing of the host.
    for number, to in enumerate(("/etc/shadow", str(Path.home() / ".bashrc"), stage.double.ready["token_file"])):
        answer = outcome(stage, f"link-{number}", zip_with("link", 0o120777, to.encode()))
        assert answer in ("InvalidParameterValueException", "Unhandled"), answer
    stage.function("after", "def handler(e, c): return 1")
    assert stage.invoke("after") == (None, 1)


def outcome(stage, name, archive):
    """How making and invoking a function ends: the code of the refusal, or the function's error."""
    try:
        stage.function(name, "", for_events=False, Code={"ZipFile": archive})
    except ClientError as error:
        return error.response["Error"]["Code"]
    return stage.invoke(name)[0]


def test_messages_that_are_too_large_or_poison(stage):
    stage.queue("small", MaximumMessageSize="1024")
    url = stage.sqs.get_queue_url(QueueName="small")["QueueUrl"]
    refused(lambda: stage.sqs.send_message(QueueUrl=url, MessageBody="x" * 1025), "InvalidParameterValue", 400)
    with pytest.raises(ClientError) as caught:
        stage.sqs.send_message(QueueUrl=url, MessageBody="a\x01b")
    assert caught.value.response["Error"]["Code"] in ("InvalidMessageContents", "AWS.SimpleQueueService.InvalidMessageContents")
    # A poison message goes to the dead letters after three tries, and the ones behind it are done.
    stage.queue("poisoned")
    redrive = json.dumps({"deadLetterTargetArn": stage.arn("sqs", "poisoned"), "maxReceiveCount": 3})
    source = stage.queue("source", RedrivePolicy=redrive, VisibilityTimeout="30")
    code = "def handler(e, c):\n  for r in e['Records']:\n    if r['body'] == '\"poison\"': raise ValueError('poison')"
    stage.function("eats", code)
    stage.lambdas.create_event_source_mapping(FunctionName="eats", EventSourceArn=source, BatchSize=1)
    url = stage.sqs.get_queue_url(QueueName="source")["QueueUrl"]
    for body in ("poison", "good", "good"):
        stage.sqs.send_message(QueueUrl=url, MessageBody=json.dumps(body))
    stage.advance("30m")
    assert [body for body, _ in stage.take("poisoned")] == ["poison"]
    assert stage.take("source") == []


def test_long_polls_end_when_a_message_comes(stage):
    stage.queue("long")
    url = stage.sqs.get_queue_url(QueueName="long")["QueueUrl"]
    sender = stage.client("sqs")
    found = []
    poll = threading.Thread(
        target=lambda: found.extend(stage.sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"])
    )
    began = time.monotonic()
    poll.start()
    # Not before the poll has begun: one that is over in a second would have found nothing.
    poll.join(1)
    assert poll.is_alive()
    sender.send_message(QueueUrl=url, MessageBody="hello")
    poll.join(20)
    assert [one["Body"] for one in found] == ["hello"] and time.monotonic() - began < 10


def test_a_log_is_followed(stage):
    # claims: LOG-CWLOGS-01
    stage.logs.create_log_group(logGroupName="followed")
    stage.logs.create_log_stream(logGroupName="followed", logStreamName="s")

    def write(text):
        now = int(double_time(stage).timestamp() * 1000)
        event = {"timestamp": now, "message": text}
        answer = stage.logs.put_log_events(logGroupName="followed", logStreamName="s", logEvents=[event])
        assert "rejectedLogEventsInfo" not in answer

    write("before")
    # The CLI of version 1 has no `tail`; this is what that of version 2 does: filter again from the last moment on, and show
    # what is new. AWS: awscli v2, customizations/logs/tail.py.
    start, seen, shown = 0, set(), []
    for turn in range(3):
        found = stage.logs.get_paginator("filter_log_events").paginate(logGroupName="followed", startTime=start, interleaved=True)
        for event in (event for page in found for event in page["events"]):
            if event["eventId"] not in seen:
                shown.append(event["message"])
            start = max(start, event["timestamp"])
            seen.add(event["eventId"])
        write(f"while it follows {turn}")
    assert shown == ["before", "while it follows 0", "while it follows 1"]


def test_a_live_tail_is_told_at_once(stage):
    arn = stage.logs.describe_log_groups(logGroupNamePrefix="followed")["logGroups"][0]["logGroupArn"]
    live = stage.client("logs", config={"inject_host_prefix": False})
    session = live.start_live_tail(logGroupIdentifiers=[arn])["responseStream"]
    events = iter(session)
    assert "sessionStart" in next(events)
    now = int(double_time(stage).timestamp() * 1000)
    stage.logs.put_log_events(
        logGroupName="followed", logStreamName="s", logEvents=[{"timestamp": now, "message": "live"}],
    )
    for event, _ in zip(events, range(PATIENCE)):
        results = event["sessionUpdate"]["sessionResults"]
        if results:
            break
    session.close()
    assert [one["message"] for one in results] == ["live"]


def test_records_are_pushed_to_a_consumer(stage):
    # claims: ANA-KINESIS-04
    kinesis = stage.kinesis
    kinesis.create_stream(StreamName="pushed", ShardCount=1)
    stage.advance("1m")
    arn = kinesis.describe_stream_summary(StreamName="pushed")["StreamDescriptionSummary"]["StreamARN"]
    consumer = kinesis.register_stream_consumer(StreamARN=arn, ConsumerName="c")["Consumer"]["ConsumerARN"]
    stage.advance("1m")
    shard = kinesis.list_shards(StreamName="pushed")["Shards"][0]["ShardId"]
    stream = kinesis.subscribe_to_shard(
        ConsumerARN=consumer, ShardId=shard, StartingPosition={"Type": "TRIM_HORIZON"},
    )["EventStream"]
    writer = stage.client("kinesis")
    late, got = [], []
    for number in range(20):
        began = time.monotonic()
        writer.put_record(StreamName="pushed", PartitionKey="p", Data=str(number).encode())
        for event in stream:
            records = event["SubscribeToShardEvent"]["Records"]
            got.extend(record["Data"] for record in records)
            if len(got) > number:
                break
        late.append(time.monotonic() - began)
    stream.close()
    assert got == [str(number).encode() for number in range(20)]
    assert max(late) < 1, late


def test_a_double_that_stops_waits_for_no_poll_and_no_stream(stage):
    with Double() as double:
        other = Setting(double)
        logs = other.client("logs", config={"inject_host_prefix": False})
        logs.create_log_group(logGroupName="g")
        arn = logs.describe_log_groups()["logGroups"][0]["logGroupArn"]
        session = logs.start_live_tail(logGroupIdentifiers=[arn])["responseStream"]
        assert "sessionStart" in next(iter(session))
        url = other.client("sqs").create_queue(QueueName="q")["QueueUrl"]
        found = []
        sqs = other.client("sqs")
        poll = threading.Thread(target=lambda: found.append(sqs.receive_message(QueueUrl=url, WaitTimeSeconds=20)))
        poll.start()
        poll.join(1)
        assert poll.is_alive()
        began = time.monotonic()
        assert double.stop() == 0
        poll.join(20)
        # The poll is answered with what there is: nothing.
        assert "Messages" not in found[0]
        assert time.monotonic() - began < 8
        session.close()
