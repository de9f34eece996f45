"""TLS and HTTP versions, on the one port."""

import shutil
import socket
import ssl
import subprocess
import urllib.parse

import pytest
from botocore.exceptions import SSLError


def test_tls_with_the_certificate_of_the_double(aws):
    trusting = aws.client("iam", endpoint_url=aws.double.tls_endpoint, verify=aws.double.ca_file)
    assert trusting.list_users()["Users"]


def test_tls_without_it(aws):
    with pytest.raises(SSLError):
        aws.client("iam", endpoint_url=aws.double.tls_endpoint).list_users()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_tls_is_refused(aws):
    where = urllib.parse.urlsplit(aws.double.tls_endpoint)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    old.load_verify_locations(aws.double.ca_file)
    with pytest.raises(ssl.SSLError):
        with socket.create_connection((where.hostname, where.port), timeout=30) as plain:
            old.wrap_socket(plain, server_hostname=where.hostname)


@pytest.mark.parametrize("options", [["--http1.1"], ["--http2"], ["--http2-prior-knowledge"]])
@pytest.mark.parametrize("tls", [False, True])
def test_http_versions(aws, options, tls):
    if shutil.which("curl") is None:
        pytest.skip("there is no curl here")
    features = subprocess.run(["curl", "--version"], capture_output=True, text=True, check=True).stdout
    if "HTTP2" not in features and options != ["--http1.1"]:
        pytest.skip("this curl has no HTTP/2")
    wanted = "1.1" if options == ["--http1.1"] or (options == ["--http2"] and not tls) else "2"
    done = subprocess.run(
        [
            "curl", "--silent", "--show-error", "--max-time", "30", *options, "--cacert", aws.double.ca_file,
            "--user", f"{aws.keys['access_key_id']}:{aws.keys['secret_access_key']}",
            "--aws-sigv4", "aws:amz:us-east-1:iam", "--data", "Action=ListUsers&Version=2010-05-08",
            "--write-out", "\n%{http_version} %{http_code}",
            aws.double.tls_endpoint if tls else aws.double.endpoint,
        ],
        capture_output=True, text=True,
    )
    assert done.returncode == 0, done.stderr
    answer, _, closing = done.stdout.rpartition("\n")
    assert closing == f"{wanted} 200", done.stdout
    assert "<UserName>admin</UserName>" in answer
