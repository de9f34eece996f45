"""S3 with boto3: objects, parts, checksums, presigned URLs, virtual hosts."""

import base64
import datetime
import hashlib
import json
import os
import urllib.parse
import zlib

import botocore.auth
import pytest
import urllib3
import wire
from botocore.exceptions import ClientError
from boto3.s3.transfer import TransferConfig
from wire import POOL, refused

MIB = 1 << 20


def test_objects_come_and_go(aws, bucket):
    s3 = aws.client("s3")
    name = "a folder/ü + % ?#&.txt"
    put = s3.put_object(Bucket=bucket, Key=name, Body=b"hello", ContentType="text/plain", Metadata={"colour": "red"})
    assert put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    got = s3.get_object(Bucket=bucket, Key=name)
    assert got["Body"].read() == b"hello"
    assert (got["ContentType"], got["Metadata"], got["ETag"]) == ("text/plain", {"colour": "red"}, put["ETag"])
    part = s3.get_object(Bucket=bucket, Key=name, Range="bytes=1-3")
    assert (part["Body"].read(), part["ContentRange"]) == (b"ell", "bytes 1-3/5")
    assert s3.head_object(Bucket=bucket, Key=name)["ContentLength"] == 5
    listed = s3.list_objects_v2(Bucket=bucket, Prefix="a folder/")
    assert [(entry["Key"], entry["Size"]) for entry in listed["Contents"]] == [(name, 5)]
    grouped = s3.list_objects_v2(Bucket=bucket, Delimiter="/")
    assert {"Prefix": "a folder/"} in grouped["CommonPrefixes"]
    s3.delete_object(Bucket=bucket, Key=name)
    refused(lambda: s3.get_object(Bucket=bucket, Key=name), "NoSuchKey", 404)
    refused(lambda: s3.head_object(Bucket=bucket, Key=name), "404", 404)


def test_buckets_come_and_go(aws):
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="python-short-lived")
    assert "python-short-lived" in [entry["Name"] for entry in s3.list_buckets()["Buckets"]]
    s3.put_object(Bucket="python-short-lived", Key="k", Body=b"")
    refused(lambda: s3.delete_bucket(Bucket="python-short-lived"), "BucketNotEmpty", 409)
    s3.delete_object(Bucket="python-short-lived", Key="k")
    s3.delete_bucket(Bucket="python-short-lived")
    refused(lambda: s3.list_objects_v2(Bucket="python-short-lived"), "NoSuchBucket", 404)


def test_parts_become_one_object(aws, bucket, tmp_path):
    s3 = aws.client("s3")
    body = os.urandom(8 * MIB + 12_345)
    source, back = tmp_path / "source", tmp_path / "back"
    source.write_bytes(body)
    parts = TransferConfig(multipart_threshold=5 * MIB, multipart_chunksize=5 * MIB, max_concurrency=4)
    s3.upload_file(str(source), bucket, "large", Config=parts)
    md5s = b"".join(hashlib.md5(body[at : at + 5 * MIB]).digest() for at in range(0, len(body), 5 * MIB))
    assert s3.head_object(Bucket=bucket, Key="large")["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-2"'
    s3.download_file(bucket, "large", str(back), Config=parts)
    assert back.read_bytes() == body
    assert not s3.list_multipart_uploads(Bucket=bucket).get("Uploads")


def test_an_upload_is_given_up(aws, bucket):
    s3 = aws.client("s3")
    upload = {"Bucket": bucket, "Key": "given-up", "UploadId": None}
    upload["UploadId"] = s3.create_multipart_upload(Bucket=bucket, Key="given-up")["UploadId"]
    tag = s3.upload_part(**upload, PartNumber=1, Body=b"small")["ETag"]
    second = s3.upload_part(**upload, PartNumber=2, Body=b"last")["ETag"]
    listed = s3.list_parts(**upload)["Parts"]
    assert [(part["PartNumber"], part["Size"]) for part in listed] == [(1, 5), (2, 4)]
    parts = {"Parts": [{"PartNumber": 1, "ETag": tag}, {"PartNumber": 2, "ETag": second}]}
    # AWS: S3 user guide, "Multipart upload limits": all parts but the last have 5 MiB.
    refused(lambda: s3.complete_multipart_upload(**upload, MultipartUpload=parts), "EntityTooSmall", 400)
    s3.abort_multipart_upload(**upload)
    refused(lambda: s3.list_parts(**upload), "NoSuchUpload", 404)
    refused(lambda: s3.get_object(Bucket=bucket, Key="given-up"), "NoSuchKey", 404)


def checksum(algorithm, body):
    if algorithm == "CRC32":
        return base64.b64encode(zlib.crc32(body).to_bytes(4, "big")).decode()
    return base64.b64encode(hashlib.new(algorithm.lower(), body).digest()).decode()


@pytest.mark.parametrize("algorithm", ["CRC32", "SHA1", "SHA256"])
@pytest.mark.parametrize("tls", [False, True])
def test_checksums_are_kept(aws, bucket, algorithm, tls):
    # Over TLS boto3 sends the body in chunks with the checksum in the trailer, over plain HTTP in signed ones.
    options = {"endpoint_url": aws.double.tls_endpoint, "verify": aws.double.ca_file} if tls else {}
    s3 = aws.client("s3", **options)
    body = os.urandom(200_000)
    member = f"Checksum{algorithm}"
    put = s3.put_object(Bucket=bucket, Key="checked", Body=body, ChecksumAlgorithm=algorithm)
    assert put[member] == checksum(algorithm, body)
    got = s3.get_object(Bucket=bucket, Key="checked", ChecksumMode="ENABLED")
    assert got[member] == put[member]
    assert got["Body"].read() == body


def test_a_wrong_checksum_is_refused(aws, bucket):
    s3 = aws.client("s3")
    for algorithm in ("CRC32", "SHA256"):
        wrong = {f"Checksum{algorithm}": checksum(algorithm, b"other")}
        refused(lambda: s3.put_object(Bucket=bucket, Key="wrong", Body=b"body", **wrong), "BadDigest", 400)
    md5 = base64.b64encode(hashlib.md5(b"other").digest()).decode()
    refused(lambda: s3.put_object(Bucket=bucket, Key="wrong", Body=b"body", ContentMD5=md5), "BadDigest", 400)
    refused(lambda: s3.get_object(Bucket=bucket, Key="wrong"), "NoSuchKey", 404)


def presigned(aws, operation, seconds=300, **parameters):
    s3 = aws.client("s3", config={"signature_version": "s3v4"})
    return s3.generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds)


def test_presigned_urls(aws, bucket):
    place = {"Bucket": bucket, "Key": "pre signed"}
    put = presigned(aws, "put_object", **place)
    assert POOL.request("PUT", put, body=b"by url").status == 200
    got = POOL.request("GET", presigned(aws, "get_object", **place))
    assert (got.status, got.data) == (200, b"by url")
    # It is for one method, one key, and one answer.
    assert POOL.request("PUT", presigned(aws, "get_object", **place), body=b"no").status == 403
    other = put.replace("pre%20signed", "pre%20signeD")
    assert other != put
    assert b"<Code>SignatureDoesNotMatch</Code>" in POOL.request("PUT", other, body=b"no").data
    assert POOL.request("GET", presigned(aws, "get_object", **place)).data == b"by url"
    named = presigned(aws, "get_object", **place, ResponseContentType="text/plain")
    assert POOL.request("GET", named).headers["content-type"] == "text/plain"


def test_presigned_urls_expire(aws, bucket, monkeypatch):
    then = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) - datetime.timedelta(minutes=2)
    with monkeypatch.context() as patch:
        patch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: then)
        old = presigned(aws, "get_object", seconds=60, Bucket=bucket, Key="any")
        young = presigned(aws, "get_object", seconds=600, Bucket=bucket, Key="any-that-is-not-there")
    answer = POOL.request("GET", old)
    assert answer.status == 403 and b"Request has expired" in answer.data, answer.data
    assert POOL.request("GET", young).status == 404
    longer = young.replace("X-Amz-Expires=600", "X-Amz-Expires=6000")
    assert b"<Code>SignatureDoesNotMatch</Code>" in POOL.request("GET", longer).data
    weeks = presigned(aws, "get_object", seconds=8 * 86_400, Bucket=bucket, Key="any")
    assert b"<Code>AuthorizationQueryParametersError</Code>" in POOL.request("GET", weeks).data


def posted(aws, bucket, file=("a folder\\\\f.txt", b"posted"), where=None, **options):
    """Posts a form as a browser does; `Change` makes the fields of the form wrong."""
    change = options.pop("Change", lambda fields: fields)
    s3 = aws.client("s3", config={"signature_version": "s3v4"})
    form = s3.generate_presigned_post(bucket, "form/${filename}", **options)
    fields = [*change(form["fields"]).items(), *([("file", file)] if file else [])]
    return POOL.request("POST", where or f"{aws.double.endpoint}/{bucket}", fields=fields, redirect=False)


def test_forms_are_uploads(aws, bucket):
    s3 = aws.client("s3")
    answer = posted(aws, bucket, Conditions=[["content-length-range", 1, 10]])
    assert (answer.status, answer.data) == (204, b""), answer.data
    assert answer.headers["etag"] == f'"{hashlib.md5(b"posted").hexdigest()}"'
    assert s3.get_object(Bucket=bucket, Key="form/f.txt")["Body"].read() == b"posted"
    # Larger than what is held in memory, and with what looks like the end of the form in it.
    body = (b"\r\n--" + os.urandom(1000)) * 9000
    fields = {"success_action_status": "201", "Content-Type": "text/plain", "x-amz-meta-colour": "red"}
    conditions = [{name: value} for name, value in fields.items()]
    answer = posted(aws, bucket, ("large", body), Fields=fields, Conditions=conditions)
    assert answer.status == 201, answer.data
    assert f"<Bucket>{bucket}</Bucket><Key>form/large</Key>".encode() in answer.data, answer.data
    got = s3.get_object(Bucket=bucket, Key="form/large")
    assert (got["ContentType"], got["Metadata"]) == ("text/plain", {"colour": "red"})
    assert got["Body"].read() == body
    there = {"success_action_redirect": "https://example.com/done"}
    answer = posted(aws, bucket, Fields=there, Conditions=[there])
    assert answer.status == 303, answer.data
    assert answer.headers["location"].startswith(f"https://example.com/done?bucket={bucket}&key=form%2Ff.txt&etag=%22")


def test_forms_with_something_wrong_are_refused(aws, bucket):
    def changed(**other):
        names = {name.replace("_", "-"): value for name, value in other.items()}
        return lambda fields: {**fields, **names}

    def without(name):
        return lambda fields: {known: value for known, value in fields.items() if known != name}

    small = {"Conditions": [["content-length-range", 1, 5]]}
    large = {"Conditions": [["content-length-range", 7, 9]]}
    for options, status, code in [
        (small, 400, "EntityTooLarge"),
        (large, 400, "EntityTooSmall"),
        ({"Change": changed(key="other/f.txt")}, 403, "AccessDenied"),
        ({"Change": changed(acl="public-read")}, 403, "AccessDenied"),
        ({"Change": changed(x_amz_signature="0" * 64)}, 403, "SignatureDoesNotMatch"),
        ({"Change": changed(policy=base64.b64encode(b"{}").decode())}, 403, "SignatureDoesNotMatch"),
        ({"Change": without("policy")}, 400, "InvalidArgument"),
        ({"Change": without("key")}, 400, "InvalidArgument"),
        ({"ExpiresIn": -1}, 403, "AccessDenied"),
        ({"file": None}, 400, "InvalidArgument"),
    ]:
        answer = posted(aws, bucket, **options)
        assert (answer.status, f"<Code>{code}</Code>".encode() in answer.data) == (status, True), answer.data
    assert b"Policy expired" in posted(aws, bucket, ExpiresIn=-1).data
    assert b"Policy Condition failed" in posted(aws, bucket, Change=changed(key="other/f.txt")).data


def test_a_browser_posts_into_a_public_bucket(aws):
    s3, name = aws.client("s3"), "python-drop-box"
    s3.create_bucket(Bucket=name)
    fields = [("key", "${filename}"), ("Content-Type", "text/html"), ("file", ("page.html", b"<p>"))]

    def anonymous():
        return POOL.request("POST", f"{aws.double.endpoint}/{name}", fields=fields).status

    assert anonymous() == 403
    s3.delete_public_access_block(Bucket=name)
    allow = {"Effect": "Allow", "Principal": "*", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*"}
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [allow]}))
    assert anonymous() == 204
    assert s3.get_object(Bucket=name, Key="page.html")["ContentType"] == "text/html"


def test_buckets_are_hosts(aws, bucket):
    """The form `bucket.s3.localhost`, with the connection led to the double by hand: not every machine resolves it."""
    where = urllib.parse.urlsplit(aws.double.endpoint)
    host = f"{bucket}.s3.localhost:{where.port}"

    def send(method, path, body=""):
        request = wire.AWSRequest(method=method, url=f"http://{host}{path}", data=body)
        prepared = wire.sign(request, aws.keys, "s3").prepare()
        pool = urllib3.HTTPConnectionPool(where.hostname, where.port, retries=False, timeout=30)
        headers = {**dict(prepared.headers.items()), "Host": host}
        return pool.request(method, path, body=prepared.body, headers=headers)

    assert send("PUT", "/hosted/key", "by host").status == 200
    assert send("GET", "/hosted/key").data == b"by host"
    assert aws.client("s3").get_object(Bucket=bucket, Key="hosted/key")["Body"].read() == b"by host"
    form = aws.client("s3", config={"signature_version": "s3v4"}).generate_presigned_post(bucket, "hosted/form")
    fields = [*form["fields"].items(), ("file", ("f", b"form by host"))]
    pool = urllib3.HTTPConnectionPool(where.hostname, where.port, retries=False, timeout=30)
    answer = pool.request("POST", "/", fields=fields, headers={"Host": host})
    assert (answer.status, answer.headers["location"]) == (204, f"http://{host}/hosted/form"), answer.data
    assert send("GET", "/hosted/form").data == b"form by host"


def test_a_bucket_is_opened_to_all_and_closed_again(aws):
    s3, name = aws.client("s3"), "python-public"
    s3.create_bucket(Bucket=name)
    s3.put_object(Bucket=name, Key="page", Body=b"for all")
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{name}/*"}
        ],
    }

    def open_it():
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps(policy))

    def anonymous():
        return wire.send(wire.request(aws.double, "GET", f"/{name}/page"))

    # New buckets block public policies. AWS: S3 user guide, "Blocking public access to your Amazon S3 storage".
    refused(open_it, "AccessDenied", 403)
    assert anonymous()[0] == 403
    s3.delete_public_access_block(Bucket=name)
    open_it()
    assert anonymous() == (200, "for all")
    everything = {
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": True,
    }
    s3.put_public_access_block(Bucket=name, PublicAccessBlockConfiguration=everything)
    assert anonymous()[0] == 403
    with pytest.raises(ClientError):
        open_it()


def test_objects_stand_under_a_kms_key(aws, bucket, key):
    s3, kms = aws.client("s3"), aws.client("kms")
    arn = kms.describe_key(KeyId=key)["KeyMetadata"]["Arn"]
    body = os.urandom(6 * MIB)
    under = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key, "BucketKeyEnabled": True}
    put = s3.put_object(Bucket=bucket, Key="kms/one", Body=body, **under)
    assert (put["ServerSideEncryption"], put["SSEKMSKeyId"], put["BucketKeyEnabled"]) == ("aws:kms", arn, True)
    got = s3.get_object(Bucket=bucket, Key="kms/one")
    assert got["Body"].read() == body
    s3.copy_object(Bucket=bucket, Key="kms/plain", CopySource=f"{bucket}/kms/one", ServerSideEncryption="AES256")
    name = "python-under-kms"
    s3.create_bucket(Bucket=name)
    rule = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": arn},
        "BucketKeyEnabled": True,
    }
    s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert s3.put_object(Bucket=name, Key="usual", Body=b"1")["SSEKMSKeyId"] == arn
    kms.disable_key(KeyId=key)
    try:
        refused(lambda: s3.get_object(Bucket=bucket, Key="kms/one"), "KMS.DisabledException", 400)
        assert s3.get_object(Bucket=bucket, Key="kms/plain")["Body"].read() == body
    finally:
        kms.enable_key(KeyId=key)
    missing = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": "alias/no-such-key"}
    refused(lambda: s3.put_object(Bucket=bucket, Key="kms/x", Body=b"", **missing), "KMS.NotFoundException", 400)


def test_a_queue_is_told_of_objects(aws):
    s3, sqs, name = aws.client("s3"), aws.client("sqs"), "python-told"
    s3.create_bucket(Bucket=name)
    url = sqs.create_queue(QueueName="python-told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    rules = [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]
    rules[0]["Filter"] = {"Key": {"FilterRules": [{"Name": "prefix", "Value": "in/"}]}}

    def configure():
        s3.put_bucket_notification_configuration(
            Bucket=name, NotificationConfiguration={"QueueConfigurations": rules, "EventBridgeConfiguration": {}}
        )

    refused(configure, "InvalidArgument", 400)
    statement = {
        "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:s3:::{name}"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    configure()
    shown = s3.get_bucket_notification_configuration(Bucket=name)
    assert shown["EventBridgeConfiguration"] == {}
    # What was shown can be given back.
    rules[:] = shown["QueueConfigurations"]
    configure()

    def receive():
        message = sqs.receive_message(QueueUrl=url, WaitTimeSeconds=10)["Messages"][0]
        sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return json.loads(message["Body"])

    assert [receive()["Event"] for _ in range(2)] == ["s3:TestEvent", "s3:TestEvent"]
    s3.put_object(Bucket=name, Key="out/a", Body=b"1")
    s3.put_object(Bucket=name, Key="in/a b", Body=b"1")
    record = receive()["Records"][0]
    assert (record["eventName"], record["s3"]["object"]["key"]) == ("ObjectCreated:Put", "in/a+b")


def test_lifecycle_rules_are_kept(aws):
    s3, name = aws.client("s3"), "python-lifecycle"
    s3.create_bucket(Bucket=name)
    rule = {
        "ID": "r", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 90},
        "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
    }
    s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
    assert s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"] == [rule]
    assert 'rule-id="r"' in s3.put_object(Bucket=name, Key="logs/a", Body=b"1")["Expiration"]
    s3.put_object(Bucket=name, Key="cold", Body=b"1", StorageClass="GLACIER")
    refused(lambda: s3.get_object(Bucket=name, Key="cold"), "InvalidObjectState", 403)
    tier = {"Days": 1, "GlacierJobParameters": {"Tier": "Expedited"}}
    s3.restore_object(Bucket=name, Key="cold", RestoreRequest=tier)
    assert s3.head_object(Bucket=name, Key="cold")["Restore"] == 'ongoing-request="true"'
    s3.delete_bucket_lifecycle(Bucket=name)
    refused(lambda: s3.get_bucket_lifecycle_configuration(Bucket=name), "NoSuchLifecycleConfiguration", 404)
