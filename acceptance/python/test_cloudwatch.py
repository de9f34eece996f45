"""CloudWatch with boto3, in each of its three protocols.

botocore would choose JSON by itself; other SDKs choose CBOR, and older ones speak the query protocol.
"""

import datetime
import json
import urllib.parse
from unittest import mock

import pytest
from wire import refused, request, send, sign

TARGET = "GraniteServiceVersion20100801"
CBOR = "smithy-rpc-v2-cbor"


@pytest.fixture(params=[CBOR, "json", "query"])
def cloudwatch(aws, request):
    """A client that speaks one protocol, the requests that it sends, and a namespace of its own."""
    # A client chooses its protocol once, when it is made.
    with mock.patch("botocore.model.PRIORITY_ORDERED_SUPPORTED_PROTOCOLS", (request.param,)):
        client = aws.client("cloudwatch")
    assert client.meta.service_model.resolved_protocol == request.param
    sent = []
    client.meta.events.register("before-send.cloudwatch", lambda request, **_: sent.append(request))
    yield client, sent, f"Acceptance/{request.param}"
    assert sent and all(protocol_of(one) == request.param for one in sent)


def protocol_of(sent):
    """Which protocol a request is in."""
    headers = {name.lower(): value.decode() if isinstance(value, bytes) else value for name, value in sent.headers.items()}
    if headers.get("smithy-protocol") == "rpc-v2-cbor":
        assert headers["content-type"] == headers["accept"] == "application/cbor"
        assert f"/service/{TARGET}/operation/" in sent.url
        return CBOR
    return "json" if "x-amz-target" in headers else "query"


def span():
    now = datetime.datetime.now(datetime.timezone.utc)
    return {"StartTime": now - datetime.timedelta(minutes=5), "EndTime": now + datetime.timedelta(minutes=1)}


def test_data_goes_in_and_statistics_come_out(cloudwatch):
    client, _, namespace = cloudwatch
    data = [
        {"MetricName": "Latency", "Dimensions": [{"Name": "Host", "Value": "a"}], "Values": [1.5, 2.5], "Counts": [3.0, 1.0],
         "Unit": "Milliseconds", "Timestamp": datetime.datetime.now(datetime.timezone.utc)},
    ]
    client.put_metric_data(Namespace=namespace, MetricData=data)
    metric = {"Namespace": namespace, "MetricName": "Latency", "Dimensions": [{"Name": "Host", "Value": "a"}]}
    out = client.get_metric_statistics(**metric, **span(), Period=300, Statistics=["Sum", "SampleCount", "Maximum"])
    assert sum(point["Sum"] for point in out["Datapoints"]) == 7.0
    assert sum(point["SampleCount"] for point in out["Datapoints"]) == 4.0
    assert {point["Unit"] for point in out["Datapoints"]} == {"Milliseconds"}
    assert out["Datapoints"][0]["Timestamp"].tzinfo is not None
    listed = client.list_metrics(Namespace=namespace)["Metrics"]
    assert listed == [metric]
    stat = {"Metric": metric, "Period": 300, "Stat": "p90"}
    queries = [{"Id": "m1", "MetricStat": stat, "ReturnData": False}, {"Id": "e1", "Expression": "m1 * 2", "Label": "twice"}]
    pages = client.get_paginator("get_metric_data").paginate(MetricDataQueries=queries, **span())
    results = [result for page in pages for result in page["MetricDataResults"]]
    assert [(result["Id"], result["Label"], result["Values"]) for result in results] == [("e1", "twice", [5.0])]


def test_errors_are_what_the_client_expects(cloudwatch):
    client, _, _ = cloudwatch
    data = [{"MetricName": "m", "Value": 1.0}]
    said = refused(lambda: client.put_metric_data(Namespace="AWS/EC2", MetricData=data), "InvalidParameterValue", 400)
    assert said == "The value AWS/ for parameter Namespace is invalid."
    with pytest.raises(client.exceptions.InvalidParameterValueException):
        client.put_metric_data(Namespace="AWS/EC2", MetricData=data)
    refused(lambda: client.get_dashboard(DashboardName="nowhere"), "ResourceNotFound", 404)
    with pytest.raises(client.exceptions.DashboardInvalidInputError) as caught:
        client.put_dashboard(DashboardName="bad", DashboardBody='{"widgets":[{"type":"text"}]}')
    messages = caught.value.response["dashboardValidationMessages"]
    assert messages == [{"DataPath": "/widgets/0", "Message": "Should have required property 'properties'"}]


def test_an_alarm_and_its_history(cloudwatch):
    client, _, _ = cloudwatch
    client.put_metric_alarm(
        AlarmName="acceptance", Namespace="Acceptance", MetricName="Errors", Statistic="Sum", Period=60, EvaluationPeriods=2,
        DatapointsToAlarm=1, Threshold=0.5, ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
        Tags=[{"Key": "team", "Value": "ops"}],
    )
    client.put_composite_alarm(AlarmName="acceptance-all", AlarmRule="ALARM(acceptance)")
    client.set_alarm_state(AlarmName="acceptance", StateValue="ALARM", StateReason="seen", StateReasonData='{"a": 1}')
    alarm = client.describe_alarms(AlarmNames=["acceptance"])["MetricAlarms"][0]
    assert (alarm["StateValue"], alarm["StateReason"], alarm["Threshold"]) == ("ALARM", "seen", 0.5)
    waiter = client.get_waiter("alarm_exists")
    waiter.wait(AlarmNames=["acceptance"])
    composite = client.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert (composite["AlarmName"], composite["StateValue"]) == ("acceptance-all", "ALARM")
    pages = client.get_paginator("describe_alarm_history").paginate(
        AlarmName="acceptance", HistoryItemType="StateUpdate", PaginationConfig={"PageSize": 1},
    )
    items = [item for page in pages for item in page["AlarmHistoryItems"]]
    assert items[-1]["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    assert json.loads(items[-1]["HistoryData"])["newState"]["stateReasonData"] == {"a": 1}
    assert client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == [{"Key": "team", "Value": "ops"}]
    refused(lambda: client.delete_alarms(AlarmNames=["acceptance"]), "ValidationError", 400)
    client.delete_alarms(AlarmNames=["acceptance", "acceptance-all"])
    assert client.describe_alarms(AlarmNames=["acceptance"])["MetricAlarms"] == []


def test_a_dashboard_round_trip(cloudwatch):
    client, _, _ = cloudwatch
    body = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "# ü"}}]})
    assert client.put_dashboard(DashboardName="ops", DashboardBody=body)["DashboardValidationMessages"] == []
    assert client.get_dashboard(DashboardName="ops")["DashboardBody"] == body
    client.delete_dashboards(DashboardNames=["ops"])


def test_requests_as_other_clients_write_them(aws, double):
    form = urllib.parse.urlencode({
        "Action": "PutMetricData", "Version": "2010-08-01", "Namespace": "Acceptance/Query", "MetricData.member.1.MetricName": "Q",
        "MetricData.member.1.Value": "4", "MetricData.member.1.Dimensions.member.1.Name": "d",
        "MetricData.member.1.Dimensions.member.1.Value": "v",
    })
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    status, said = send(sign(request(double, "POST", "/", form, headers), aws.keys, "monitoring"))
    assert status == 200 and "PutMetricDataResponse" in said, said
    body = json.dumps({"Namespace": "Acceptance/Query"})
    headers = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": f"{TARGET}.ListMetrics"}
    status, said = send(sign(request(double, "POST", "/", body, headers), aws.keys, "monitoring"))
    assert status == 200, said
    assert json.loads(said)["Metrics"] == [
        {"Namespace": "Acceptance/Query", "MetricName": "Q", "Dimensions": [{"Name": "d", "Value": "v"}]}
    ]
    form = "Action=PutMetricData&Version=2010-08-01&Namespace=AWS%2FEC2&MetricData.member.1.MetricName=Q&MetricData.member.1.Value=4"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
    status, said = send(sign(request(double, "POST", "/", form, headers), aws.keys, "monitoring"))
    assert status == 400 and "<Code>InvalidParameterValue</Code>" in said, said
