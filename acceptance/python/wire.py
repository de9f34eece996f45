"""Requests that no SDK would send: signed by hand, with something wrong in them."""

import datetime
import urllib.parse
from unittest import mock

import botocore.auth
import urllib3
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

import pytest
from double import REGION

POOL = urllib3.PoolManager(retries=False, timeout=30)


def identity(double):
    """The parts of an STS GetCallerIdentity request."""
    return request(
        double, "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15",
        {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"},
    )


def request(double, method, path, body="", headers=None):
    """A request to the double that is still to be signed."""
    return AWSRequest(method=method, url=double.endpoint + path, data=body, headers=headers or {})


def sign(request, keys, service, minutes=0, region=REGION):
    """Signs by the header; the clock of the signer goes wrong by so many minutes."""
    credentials = Credentials(keys["access_key_id"], keys["secret_access_key"], keys.get("session_token"))
    signer = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    when = datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + datetime.timedelta(minutes=minutes)
    with mock.patch("botocore.auth.get_current_datetime", lambda *_, **__: when):
        signer(credentials, service, region).add_auth(request)
    return request


def send(request, **other):
    """Sends it; gives status and text."""
    prepared = request.prepare()
    body = other.get("body", prepared.body)
    answer = POOL.request(
        prepared.method, other.get("url", prepared.url), body=body, headers=dict(prepared.headers.items())
    )
    return answer.status, answer.data.decode()


def quoted(text):
    return urllib.parse.quote(text, safe="")


def refused(call, code, status):
    """Makes sure that the call is refused like this; gives the message."""
    with pytest.raises(ClientError) as caught:
        call()
    answer = caught.value.response
    found = (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"])
    assert found == (code, status), answer
    return answer["Error"].get("Message", "")
