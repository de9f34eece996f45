"""Functions that run: boto3 outside and boto3 inside, judged as the role of the function."""

import base64
import io
import json
import time
import zipfile

import pytest
from botocore.exceptions import ClientError

TRUST = {"Version": "2012-10-17", "Statement": [
    {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]}

WHO = """
import boto3
from botocore.exceptions import ClientError

sts, s3 = boto3.client("sts"), boto3.client("s3")


def handler(event, context):
    print("asked by", event["who"])
    try:
        s3.list_buckets()
        buckets = "listed"
    except ClientError as error:
        buckets = error.response["Error"]["Code"]
    return {"arn": sts.get_caller_identity()["Arn"], "buckets": buckets, "function": context.invoked_function_arn}
"""


def archive(code, name="index.py"):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        entry = zipfile.ZipInfo(name)
        # Functions read their code as another user: a file of mode 600 cannot be read, as on AWS.
        entry.external_attr = 0o644 << 16
        file.writestr(entry, code)
    return data.getvalue()


@pytest.fixture(scope="module")
def role(aws):
    """A role that may write logs and read queues."""
    iam = aws.client("iam")
    arn = iam.create_role(RoleName="function", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    for policy in ("AWSLambdaBasicExecutionRole", "AWSLambdaSQSQueueExecutionRole"):
        iam.attach_role_policy(RoleName="function", PolicyArn=f"arn:aws:iam::aws:policy/service-role/{policy}")
    return arn


def make(aws, role, name, code, **more):
    client = aws.client("lambda")
    given = {"Runtime": "python3.12", "Handler": "index.handler", "Timeout": 30, "MemorySize": 256, **more}
    client.create_function(FunctionName=name, Role=role, Code={"ZipFile": archive(code)}, **given)
    client.get_waiter("function_active_v2").wait(FunctionName=name, WaiterConfig={"Delay": 1})
    return client


def lines(aws, name, text):
    """Messages of a function's log that hold the text."""
    try:
        found = aws.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{name}", filterPattern=text)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ResourceNotFoundException"
        return []
    return [event["message"] for event in found["events"]]


def wait(ask):
    """What `ask` gives once it is something."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        found = ask()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not come")


def test_a_function_is_judged_as_its_role(aws, role):
    client = make(aws, role, "who", WHO)
    answer = client.invoke(FunctionName="who", LogType="Tail", Payload=json.dumps({"who": "ada"}))
    payload = json.load(answer["Payload"])
    assert "FunctionError" not in answer, payload
    assert payload == {
        "arn": f"arn:aws:sts::{aws.account}:assumed-role/function/who",
        "buckets": "AccessDenied",
        "function": f"arn:aws:lambda:us-east-1:{aws.account}:function:who",
    }
    assert "asked by ada\n" in base64.b64decode(answer["LogResult"]).decode()
    assert lines(aws, "who", "asked") == ["asked by ada\n"]
    aws.client("iam").put_role_policy(RoleName="function", PolicyName="s3", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}))
    answer = client.invoke(FunctionName="who", Payload=json.dumps({"who": "bob"}))
    assert json.load(answer["Payload"])["buckets"] == "listed"


def test_a_function_that_fails_says_why(aws, role):
    client = make(aws, role, "fails", "import time\ndef handler(event, context):\n  time.sleep(event)\n  raise KeyError(event)", Timeout=1)
    answer = client.invoke(FunctionName="fails", Payload=b"0")
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "KeyError"
    answer = client.invoke(FunctionName="fails", Payload=b"30")
    assert "Task timed out after 1.00 seconds" in json.load(answer["Payload"])["errorMessage"]


def test_a_queue_feeds_a_function(aws, role):
    sqs = aws.client("sqs")
    queue = sqs.create_queue(QueueName="orders", Attributes={"VisibilityTimeout": "60"})["QueueUrl"]
    client = make(aws, role, "reader", "def handler(event, context):\n  print('GOT', [record['body'] for record in event['Records']])")
    source = f"arn:aws:sqs:us-east-1:{aws.account}:orders"
    mapping = client.create_event_source_mapping(FunctionName="reader", EventSourceArn=source)
    sqs.send_message(QueueUrl=queue, MessageBody="one")
    assert wait(lambda: lines(aws, "reader", "GOT")) == ["GOT ['one']\n"]
    sqs.send_message(QueueUrl=queue, MessageBody="two")
    assert wait(lambda: lines(aws, "reader", "two")) == ["GOT ['two']\n"]
    client.delete_event_source_mapping(UUID=mapping["UUID"])


def test_an_event_is_answered_at_once_and_run_later(aws, role):
    client = make(aws, role, "later", "def handler(event, context):\n  print('RAN', event)")
    answer = client.invoke(FunctionName="later", InvocationType="Event", Payload=b'"x"')
    assert answer["StatusCode"] == 202
    assert wait(lambda: lines(aws, "later", "RAN")) == ["RAN x\n"]


POWER = """
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

logger = Logger(service="orders")
metrics = Metrics(namespace="shop", service="orders")
processor = BatchProcessor(event_type=EventType.SQS)


def one(record):
    if record.body == "poison":
        raise ValueError(record.body)
    metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)


@logger.inject_lambda_context(log_event=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def handler(event, context):
    logger.info("seen", extra={"orders": len(event["Records"])})
    return process_partial_response(event=event, record_handler=one, processor=processor, context=context)
"""


def test_powertools_inside_a_function(aws, role):
    """AWS's own toolkit finds what it expects of a context, an environment and a log."""
    client = make(aws, role, "power", POWER)
    record = {"eventSource": "aws:sqs", "attributes": {}, "messageAttributes": {}, "receiptHandle": "r"}
    event = {"Records": [{**record, "messageId": "1", "body": "fine"}, {**record, "messageId": "2", "body": "poison"}]}
    answer = client.invoke(FunctionName="power", Payload=json.dumps(event).encode())
    assert "FunctionError" not in answer, answer["Payload"].read()
    assert json.loads(answer["Payload"].read()) == {"batchItemFailures": [{"itemIdentifier": "2"}]}
    seen = json.loads(wait(lambda: lines(aws, "power", '{ $.message = "seen" }'))[0])
    assert seen["orders"] == 2 and seen["service"] == "orders" and seen["cold_start"] is True
    assert seen["function_name"] == "power" and seen["function_request_id"] == answer["ResponseMetadata"]["RequestId"]
    assert seen["function_arn"].endswith(":function:power") and seen["function_memory_size"] == "256"
    emitted = [json.loads(line) for line in lines(aws, "power", "Orders")]
    assert any(line.get("Orders") == [1.0] and line["_aws"]["CloudWatchMetrics"] for line in emitted)
