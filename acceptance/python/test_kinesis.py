"""Streams over TLS, and a function that turns what comes in into a metric while it comes."""

import json
import time
from datetime import datetime, timedelta, timezone

from test_lambda import TRUST, make, wait

METER = """
import base64, json
import boto3

cloudwatch = boto3.client("cloudwatch")


def handler(event, context):
    readings = [json.loads(base64.b64decode(record["kinesis"]["data"])) for record in event["Records"]]
    data = [{"MetricName": "temperature", "Value": reading["temperature"]} for reading in readings]
    cloudwatch.put_metric_data(Namespace="sensors", MetricData=data)
"""


def stream(client, name):
    client.create_stream(StreamName=name, ShardCount=1)
    client.get_waiter("stream_exists").wait(StreamName=name, WaiterConfig={"Delay": 1})
    return client.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamARN"]


def test_records_travel_encrypted(aws):
    # claims: ANA-KINESIS-03
    client = aws.client("kinesis", endpoint_url=aws.double.tls_endpoint, verify=aws.double.ca_file)
    stream(client, "encrypted")
    put = client.put_record(StreamName="encrypted", Data=b"secret", PartitionKey="p")
    shard = client.list_shards(StreamName="encrypted")["Shards"][0]["ShardId"]
    iterator = client.get_shard_iterator(StreamName="encrypted", ShardId=shard, ShardIteratorType="TRIM_HORIZON")
    got = client.get_records(ShardIterator=iterator["ShardIterator"])["Records"]
    assert [(one["Data"], one["SequenceNumber"]) for one in got] == [(b"secret", put["SequenceNumber"])]
    asked = {"AttributeKey": "EventName", "AttributeValue": "CreateStream"}
    events = aws.client("cloudtrail").lookup_events(LookupAttributes=[asked])["Events"]
    records = [json.loads(event["CloudTrailEvent"]) for event in events]
    mine = [record for record in records if record["requestParameters"]["streamName"] == "encrypted"]
    assert mine[0]["tlsDetails"]["tlsVersion"] in ("TLSv1.2", "TLSv1.3")
    # A policy can demand it: plain calls are judged as what they are.
    deny = {"Effect": "Deny", "Action": "kinesis:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    allow = {"Effect": "Allow", "Action": "kinesis:*", "Resource": "*"}
    iam = aws.client("iam")
    iam.create_user(UserName="careful")
    document = json.dumps({"Version": "2012-10-17", "Statement": [allow, deny]})
    iam.put_user_policy(UserName="careful", PolicyName="tls-only", PolicyDocument=document)
    made = iam.create_access_key(UserName="careful")["AccessKey"]
    keys = {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"]}
    aws.client("kinesis", keys, endpoint_url=aws.double.tls_endpoint, verify=aws.double.ca_file).list_streams()
    plain = aws.client("kinesis", keys)
    try:
        plain.list_streams()
        raise AssertionError("the plain call was allowed")
    except plain.exceptions.ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException"


def test_incoming_data_is_shown_as_it_comes(aws):
    # claims: ANA-KINESIS-05
    iam = aws.client("iam")
    role = iam.create_role(RoleName="meter", AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    iam.attach_role_policy(
        RoleName="meter", PolicyArn="arn:aws:iam::aws:policy/service-role/AWSLambdaKinesisExecutionRole"
    )
    statement = {"Effect": "Allow", "Action": "cloudwatch:PutMetricData", "Resource": "*"}
    iam.put_role_policy(
        RoleName="meter", PolicyName="metrics", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    )
    kinesis, cloudwatch = aws.client("kinesis"), aws.client("cloudwatch")
    arn = stream(kinesis, "readings")
    functions = make(aws, role, "meter", METER)
    mapping = functions.create_event_source_mapping(
        FunctionName="meter", EventSourceArn=arn, StartingPosition="TRIM_HORIZON"
    )["UUID"]
    wait(lambda: functions.get_event_source_mapping(UUID=mapping)["State"] == "Enabled")
    sent = time.monotonic()
    for temperature in (19.5, 20.0, 21.5):
        data = json.dumps({"temperature": temperature}).encode()
        kinesis.put_record(StreamName="readings", Data=data, PartitionKey="sensor")
    now = datetime.now(timezone.utc)

    def shown():
        points = cloudwatch.get_metric_statistics(
            Namespace="sensors", MetricName="temperature", Period=3600, Statistics=["SampleCount", "Maximum"],
            StartTime=now - timedelta(hours=1), EndTime=now + timedelta(hours=1),
        )["Datapoints"]
        return sum(point["SampleCount"] for point in points) >= 3 and max(point["Maximum"] for point in points)

    assert wait(shown) == 21.5
    assert time.monotonic() - sent < 30
    functions.delete_event_source_mapping(UUID=mapping)
