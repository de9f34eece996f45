"""Calls S3 with SigV4A signatures and prints what came of it as JSON. Needs awscrt; test_signatures.py runs it."""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def client(endpoint, keys, secret):
    config = Config(signature_version="s3v4a", s3={"addressing_style": "path"}, retries={"total_max_attempts": 1})
    return boto3.client(
        "s3", endpoint_url=endpoint, region_name="us-east-1", config=config,
        aws_access_key_id=keys["access_key_id"], aws_secret_access_key=secret,
    )


def main():
    given = json.load(sys.stdin)
    keys, algorithms = given["keys"], []

    def note(request, **_):
        authorization = request.headers["Authorization"]
        text = authorization.decode() if isinstance(authorization, bytes) else authorization
        algorithms.append(text.split(" ")[0])

    s3 = client(given["endpoint"], keys, keys["secret_access_key"])
    wrong = client(given["endpoint"], keys, "not-the-secret")
    for one in (s3, wrong):
        one.meta.events.register("before-send.s3.*", note)
    s3.create_bucket(Bucket="signed-for-all-regions")
    s3.put_object(Bucket="signed-for-all-regions", Key="k", Body=b"body")
    body = s3.get_object(Bucket="signed-for-all-regions", Key="k")["Body"].read().decode()
    s3.list_buckets()
    refused = None
    try:
        wrong.list_buckets()
    except ClientError as error:
        refused = error.response["Error"]["Code"]
    json.dump({"body": body, "refused": refused, "algorithms": algorithms}, sys.stdout)


main()
