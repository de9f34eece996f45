"""Requests that must not pass: each service says so in the words of its protocol."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import wire
from double import clean_environment
from wire import refused

# AWS: the common errors of the API references of STS, KMS, EC2 and S3.
CALLS = {
    "sts": lambda client: client.get_caller_identity(),
    "kms": lambda client: client.list_keys(),
    "ec2": lambda client: client.describe_regions(),
    "s3": lambda client: client.list_buckets(),
}


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("sts", "SignatureDoesNotMatch", 403),
        ("kms", "InvalidSignatureException", 400),
        ("ec2", "AuthFailure", 401),
        ("s3", "SignatureDoesNotMatch", 403),
    ],
)
def test_a_wrong_secret(aws, service, code, status):
    wrong = {**aws.keys, "secret_access_key": "not-the-secret"}
    refused(lambda: CALLS[service](aws.client(service, wrong)), code, status)


@pytest.mark.parametrize(
    ("service", "code", "status"),
    [
        ("sts", "InvalidClientTokenId", 403),
        ("kms", "UnrecognizedClientException", 400),
        ("ec2", "AuthFailure", 401),
        ("s3", "InvalidAccessKeyId", 403),
    ],
)
def test_an_unknown_key(aws, service, code, status):
    unknown = {**aws.keys, "access_key_id": "AKIAIOSFODNN7EXAMPLE"}
    refused(lambda: CALLS[service](aws.client(service, unknown)), code, status)


def test_an_inactive_key(aws):
    iam = aws.client("iam")
    iam.create_user(UserName="Sleeper")
    made = iam.create_access_key(UserName="Sleeper")["AccessKey"]
    keys = {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"]}
    sleeper = aws.client("iam", keys)
    # Known, and not allowed.
    refused(sleeper.list_users, "AccessDenied", 403)
    change = {"UserName": "Sleeper", "AccessKeyId": made["AccessKeyId"]}
    iam.update_access_key(**change, Status="Inactive")
    refused(sleeper.list_users, "InvalidClientTokenId", 403)
    iam.update_access_key(**change, Status="Active")
    refused(sleeper.list_users, "AccessDenied", 403)
    iam.delete_access_key(**change)
    refused(sleeper.list_users, "InvalidClientTokenId", 403)


@pytest.mark.parametrize(("minutes", "said"), [(-16, "Signature expired"), (16, "Signature not yet current")])
def test_a_wrong_clock(aws, minutes, said):
    status, text = wire.send(wire.sign(wire.identity(aws.double), aws.keys, "sts", minutes))
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in text and said in text, text


def test_a_clock_that_is_a_little_wrong(aws):
    for minutes in (-14, 14):
        status, text = wire.send(wire.sign(wire.identity(aws.double), aws.keys, "sts", minutes))
        assert status == 200, text


def test_a_wrong_clock_of_s3(aws):
    request = wire.request(aws.double, "GET", "/")
    status, text = wire.send(wire.sign(request, aws.keys, "s3", -16))
    assert status == 403 and "<Code>RequestTimeTooSkewed</Code>" in text, text
    assert "<MaxAllowedSkewMilliseconds>900000</MaxAllowedSkewMilliseconds>" in text, text


def test_a_changed_body(aws):
    request = wire.sign(wire.identity(aws.double), aws.keys, "sts")
    changed = "Action=GetCallerIdentitY&Version=2011-06-15"
    assert len(changed) == len(request.data)
    status, text = wire.send(request, body=changed)
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in text, text


def test_a_changed_body_of_s3(aws, bucket):
    request = wire.sign(wire.request(aws.double, "PUT", f"/{bucket}/changed", "true"), aws.keys, "s3")
    status, text = wire.send(request, body="fals")
    assert status == 400 and "<Code>XAmzContentSHA256Mismatch</Code>" in text, text
    refused(lambda: aws.client("s3").get_object(Bucket=bucket, Key="changed"), "NoSuchKey", 404)


def test_a_changed_path(aws):
    request = wire.sign(wire.request(aws.double, "GET", "/one-bucket"), aws.keys, "s3")
    status, text = wire.send(request, url=aws.double.endpoint + "/two-bucket")
    assert status == 403 and "<Code>SignatureDoesNotMatch</Code>" in text, text


def test_the_scope_of_another_service(aws):
    target = {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}
    status, text = wire.send(wire.sign(wire.request(aws.double, "POST", "/", "{}", target), aws.keys, "sts"))
    assert status == 400 and "InvalidSignatureException" in text, text
    assert "Credential should be scoped to correct service: 'kms'" in text, text


def test_no_signature(aws):
    status, text = wire.send(wire.identity(aws.double))
    assert status == 403 and "<Code>MissingAuthenticationToken</Code>" in text, text
    target = {"X-Amz-Target": "TrentService.ListKeys", "Content-Type": "application/x-amz-json-1.1"}
    status, text = wire.send(wire.request(aws.double, "POST", "/", "{}", target))
    assert status == 400 and "MissingAuthenticationTokenException" in text, text


def test_no_signature_for_s3(aws, bucket):
    aws.client("s3").put_object(Bucket=bucket, Key="private", Body=b"mine")
    status, text = wire.send(wire.request(aws.double, "GET", f"/{bucket}/private"))
    assert status == 403 and "<Code>AccessDenied</Code>" in text and "mine" not in text, text


def test_unknown_operations(aws):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = "Action=MakeCoffee&Version=2011-06-15"
    status, text = wire.send(wire.sign(wire.request(aws.double, "POST", "/", body, form), aws.keys, "sts"))
    assert status == 400 and "<Code>InvalidAction</Code>" in text and "MakeCoffee" in text, text
    target = {"X-Amz-Target": "TrentService.MakeCoffee", "Content-Type": "application/x-amz-json-1.1"}
    status, text = wire.send(wire.sign(wire.request(aws.double, "POST", "/", "{}", target), aws.keys, "kms"))
    assert status == 400 and "UnknownOperationException" in text, text


def test_the_version_of_an_api(aws):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    body = "Action=ListUsers&Version=2000-01-01"
    status, text = wire.send(wire.sign(wire.request(aws.double, "POST", "/", body, form), aws.keys, "iam"))
    assert status == 400 and "<Code>InvalidAction</Code>" in text, text


def test_ec2_has_words_of_its_own(aws):
    # AWS: Amazon EC2 API reference, "Error codes": InvalidAction, RequestExpired, and the shape of an error.
    form = {"Content-Type": "application/x-www-form-urlencoded"}

    def send(action, minutes=0):
        body = f"Action={action}&Version=2016-11-15"
        request = wire.request(aws.double, "POST", "/", body, form)
        return wire.send(wire.sign(request, aws.keys, "ec2", minutes))

    status, text = send("MakeCoffee")
    assert status == 400 and "<Response><Errors><Error><Code>InvalidAction</Code>" in text, text
    status, text = send("DescribeRegions", -16)
    assert status == 400 and "<Response><Errors><Error><Code>RequestExpired</Code>" in text, text


def test_sigv4a(aws):
    """One signature for all Regions: the SDK's own signer, verified by the public key that the secret stands for."""
    script = Path(__file__).resolve().parent / "sigv4a.py"
    given = json.dumps({"endpoint": aws.double.endpoint, "keys": aws.keys})
    # In a process of its own: where awscrt can be imported, botocore would sign everything with it.
    environment = {**clean_environment(), "PYTHONPATH": str(Path(sys.prefix) / "crt")}
    done = subprocess.run([sys.executable, script], input=given, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    assert seen["body"] == "body" and seen["refused"] == "SignatureDoesNotMatch"
    assert seen["algorithms"] == ["AWS4-ECDSA-P256-SHA256"] * 5
