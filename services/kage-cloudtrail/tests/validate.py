"""Judges a bucket with the code of `aws cloudtrail validate-logs`. Used by tests/it/digests.rs.

Input: a JSON file with the public keys, the objects (gzipped bytes in hexadecimal, metadata), changes to make first, and
the end of the time. Output: JSON with counts and keys of what was found. Exit status 3: there is no AWS CLI here.
"""

import gzip
import io
import json
import sys
from datetime import datetime, timezone

try:
    from awscli.customizations.cloudtrail import validation
    from botocore.exceptions import ClientError
except ImportError:
    sys.exit(3)

given = json.load(open(sys.argv[1]))
objects = {one["key"]: one for one in given["objects"]}
for change in given["changes"]:
    key = change["key"]
    if change["what"] == "delete":
        del objects[key]
        continue
    content = json.loads(gzip.decompress(bytes.fromhex(objects[key]["bytes"])))
    if change["what"] == "change":
        content["Records"][0]["eventName"] = "Nothing"
    else:
        content["logFiles"] = []
    objects[key]["bytes"] = gzip.compress(json.dumps(content).encode()).hex()


class S3:
    def get_object(self, Bucket, Key):
        if Key not in objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "none"}}, "GetObject")
        found = objects[Key]
        return {"Body": io.BytesIO(bytes.fromhex(found["bytes"])), "Metadata": found["metadata"]}

    def get_paginator(self, _):
        return self

    def paginate(self, Bucket, Marker, Prefix):
        self.keys = [key for key in sorted(objects) if key.startswith(Prefix) and key > Marker]
        return self

    def search(self, _):
        return self.keys


class Clients:
    def get_client(self, _):
        return S3()


class CloudTrail:
    def list_public_keys(self, StartTime, EndTime):
        return {"PublicKeyList": given["keys"]}


found = {"digests": 0, "logs": 0, "invalid": [], "missing": [], "gaps": [], "bad_logs": []}
traverser = validation.create_digest_traverser(
    cloudtrail_client=CloudTrail(),
    organization_client=None,
    s3_client_provider=Clients(),
    trail_arn="arn:aws:cloudtrail:us-east-1:111111111111:trail/audit",
    bucket="logs",
    on_invalid=lambda **how: found["invalid"].append(how["message"]),
    on_missing=lambda **how: found["missing"].append(how["last_key"]),
    on_gap=lambda **how: found["gaps"].append(how["last_key"]),
)
command = validation.CloudTrailValidateLogs.__new__(validation.CloudTrailValidateLogs)
command.s3_client_provider = Clients()
command.is_verbose = False
command._valid_logs = 0
bad = lambda log: found["bad_logs"].append(log["s3Object"])
command._on_log_invalid = command._on_missing_log = command._on_invalid_log_format = bad
begin = datetime(2026, 1, 2, tzinfo=timezone.utc)
for digest in traverser.traverse_digests(begin, datetime.fromtimestamp(given["end"], timezone.utc)):
    found["digests"] += 1
    for log in digest["logFiles"]:
        command._download_log(log)
found["logs"] = command._valid_logs
found["bad_logs"].sort()
print(json.dumps(found))
