"""TLS and HTTP versions, on the one port."""

import shutil
import socket
import ssl
import subprocess
import threading
import urllib.parse

import pytest
from botocore.exceptions import SSLError


def handshake(aws, name):
    """Shakes hands for this host name; gives the certificate."""
    where = urllib.parse.urlsplit(aws.double.tls_endpoint)
    trusting = ssl.create_default_context(cafile=aws.double.ca_file)
    with socket.create_connection((where.hostname, where.port), timeout=30) as plain:
        with trusting.wrap_socket(plain, server_hostname=name) as secure:
            return secure.getpeercert()


@pytest.mark.parametrize(
    "name", ["localhost", "127.0.0.1", "sts.us-east-1.amazonaws.com", "bucket.s3.eu-west-1.amazonaws.com"]
)
def test_the_certificate_is_for_the_names_of_aws(aws, name):
    # claims: DATA-TLS-01
    assert handshake(aws, name)["subjectAltName"]


def test_the_certificate_is_for_no_other_name(aws):
    # claims: DATA-TLS-03
    # The double makes certificates for the name that the client asks for. An address is not asked for, only compared.
    with pytest.raises(ssl.SSLCertVerificationError, match="127.0.0.2"):
        handshake(aws, "127.0.0.2")


class Forger(threading.Thread):
    """Stands between and passes all on, but flips one bit of what the client sends after the handshake."""

    def __init__(self, target):
        super().__init__(daemon=True)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.target, self.forged = self.listener.getsockname()[1], target, False

    def run(self):
        here, _ = self.listener.accept()
        with here, socket.create_connection(self.target, timeout=30) as there:
            back = threading.Thread(target=self.copy, args=(there, here), daemon=True)
            back.start()
            self.copy(here, there, forge=True)
            back.join(timeout=30)

    def copy(self, source, sink, forge=False):
        try:
            while block := bytearray(source.recv(1 << 16)):
                # Long blocks of application data (type 23) that close with the sealed request.
                if forge and block[0] == 23 and len(block) > 400:
                    block[-30] ^= 1
                    self.forged = True
                sink.sendall(block)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_a_changed_bit_breaks_the_connection(aws):
    # claims: DATA-TLS-03
    where = urllib.parse.urlsplit(aws.double.tls_endpoint)
    trusting = ssl.create_default_context(cafile=aws.double.ca_file)
    forger = Forger((where.hostname, where.port))
    forger.start()
    with socket.create_connection(("127.0.0.1", forger.port), timeout=30) as plain:
        with trusting.wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 600\r\n\r\n" + b"x" * 600)
            # Nothing is answered: an alert, or the end.
            try:
                answer = secure.recv(100)
            except (ssl.SSLError, ConnectionError):
                answer = b""
    assert forger.forged and answer == b""


def test_tls_with_the_certificate_of_the_double(aws):
    # claims: DATA-TLS-01
    trusting = aws.client("iam", endpoint_url=aws.double.tls_endpoint, verify=aws.double.ca_file)
    assert trusting.list_users()["Users"]


def test_tls_without_it(aws):
    # claims: DATA-TLS-03
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
