"""How fast the reflex is: from a call to what it causes, in the double's own time and on one connection.

`cargo xtask bench reflex`, or `python benches/reflex.py [--rounds N]`. No peer does what is measured here: an emulator that does not
judge, record and route calls has no gap to measure.
"""

import argparse
import io
import json
import os
import sys
import time
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "acceptance"))
sys.path.insert(0, str(ROOT / "benches"))

import boto3  # noqa: E402
from botocore.config import Config  # noqa: E402

from double import REGION, Double  # noqa: E402
from peer import kage_binary  # noqa: E402

RELOG = """
import boto3
def handler(event, context):
    boto3.client("cloudtrail").start_logging(Name=event["detail"]["requestParameters"]["name"])
"""
ECHO = "def handler(event, context):\n    return event\n"


class Bench:
    def __init__(self, double):
        keys = double.credentials()
        self.account = keys["account"]
        self.options = {
            "endpoint_url": double.endpoint, "region_name": REGION, "aws_access_key_id": keys["access_key_id"],
            "aws_secret_access_key": keys["secret_access_key"], "config": Config(retries={"total_max_attempts": 1}),
        }

    def client(self, service):
        return boto3.client(service, **self.options)

    def role(self, name, actions):
        iam = self.client("iam")
        trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        document = lambda statement: json.dumps({"Version": "2012-10-17", "Statement": [statement]})  # noqa: E731
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]["Arn"]
        allow = {"Effect": "Allow", "Action": actions, "Resource": "*"}
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document(allow))
        return arn

    def function(self, name, code, role):
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            entry = zipfile.ZipInfo("index.py")
            # Without it nobody but root may read the file, and Lambda says so.
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, code)
        functions = self.client("lambda")
        made = functions.create_function(
            FunctionName=name, Runtime="python3.12", Handler="index.handler", Role=role, Timeout=30,
            Code={"ZipFile": packed.getvalue()},
        )
        functions.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
        return made["FunctionArn"]


def spread(name, took):
    took = sorted(took)
    half, most = took[len(took) // 2] * 1000, took[min(len(took) - 1, len(took) * 99 // 100)] * 1000
    print(f"{name:<44} p50 {half:8.1f}  p99 {most:8.1f} ms  ({len(took)} rounds)", flush=True)


def invoke(bench, rounds):
    functions = bench.client("lambda")
    role = bench.role("echo", ["logs:*"])
    cold = []
    for at in range(max(2, rounds // 10)):
        bench.function(f"echo-{at}", ECHO, role)
        start = time.perf_counter()
        functions.invoke(FunctionName=f"echo-{at}", Payload=b"{}")
        cold.append(time.perf_counter() - start)
    warm = []
    for _ in range(rounds):
        start = time.perf_counter()
        answer = functions.invoke(FunctionName="echo-0", Payload=b'{"a": 1}')
        warm.append(time.perf_counter() - start)
        assert json.loads(answer["Payload"].read()) == {"a": 1}
    spread("Lambda Invoke, cold", cold)
    spread("Lambda Invoke, warm", warm)


def gap(bench, rounds):
    """StopLogging until the trail logs again: event, rule, function, StartLogging."""
    s3, trails, rules = bench.client("s3"), bench.client("cloudtrail"), bench.client("events")
    s3.create_bucket(Bucket="trail")
    service = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
    statements = [
        {**service, "Action": "s3:GetBucketAcl", "Resource": "arn:aws:s3:::trail"},
        {**service, "Action": "s3:PutObject", "Resource": "arn:aws:s3:::trail/*"},
    ]
    s3.put_bucket_policy(Bucket="trail", Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
    trails.create_trail(Name="audit", S3BucketName="trail", IsMultiRegionTrail=True)
    trails.start_logging(Name="audit")
    function = bench.function("relog", RELOG, bench.role("relog", ["cloudtrail:StartLogging", "logs:*"]))
    pattern = {"source": ["aws.cloudtrail"], "detail": {"eventName": ["StopLogging"]}}
    rule = rules.put_rule(Name="relog", EventPattern=json.dumps(pattern))["RuleArn"]
    bench.client("lambda").add_permission(
        FunctionName="relog", StatementId="s", Action="lambda:InvokeFunction", Principal="events.amazonaws.com", SourceArn=rule,
    )
    rules.put_targets(Rule="relog", Targets=[{"Id": "1", "Arn": function}])
    took = []
    for _ in range(max(2, rounds // 4)):
        start = time.perf_counter()
        trails.stop_logging(Name="audit")
        while not trails.get_trail_status(Name="audit")["IsLogging"]:
            assert time.perf_counter() - start < 60, "the trail stays off"
        took.append(time.perf_counter() - start)
    print(f"{'StopLogging until IsLogging, first (cold)':<44}     {took[0] * 1000:8.1f} ms")
    spread("StopLogging until IsLogging, warm", took[1:])


def to_queue(bench, rounds):
    """PutEvents until the message is received by a long poll."""
    queues, rules = bench.client("sqs"), bench.client("events")
    url = queues.create_queue(QueueName="gap")["QueueUrl"]
    arn = f"arn:aws:sqs:{REGION}:{bench.account}:gap"
    allow = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    queues.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    rules.put_rule(Name="gap", EventPattern=json.dumps({"source": ["gap"]}))
    rules.put_targets(Rule="gap", Targets=[{"Id": "1", "Arn": arn}])
    took = []
    for _ in range(rounds):
        start = time.perf_counter()
        rules.put_events(Entries=[{"Source": "gap", "DetailType": "d", "Detail": "{}"}])
        got = queues.receive_message(QueueUrl=url, WaitTimeSeconds=20)["Messages"]
        took.append(time.perf_counter() - start)
        queues.delete_message(QueueUrl=url, ReceiptHandle=got[0]["ReceiptHandle"])
    spread("PutEvents until received from SQS", took)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=100)
    rounds = parser.parse_args().rounds
    packages = os.environ.get("KAGE_LAMBDA_PYTHON_PACKAGES", str(Path(boto3.__file__).parent.parent))
    with Double("--lambda-python-packages", packages, kage=kage_binary()) as double:
        bench = Bench(double)
        to_queue(bench, rounds)
        invoke(bench, rounds)
        gap(bench, rounds)


if __name__ == "__main__":
    main()
