"""A double of one test run: `kage up` on free ports, found by its JSON line, stopped at the end."""

import json
import os
import signal
import subprocess
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

REGION = "us-east-1"
# What of the caller's surroundings would send a client elsewhere, or give it other credentials.
FOREIGN = ("AWS_", "KAGE_", "HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")


def binary():
    """The binary under test: `KAGE`, or the debug build."""
    given = os.environ.get("KAGE")
    root = Path(__file__).resolve().parent.parent
    target = Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
    return Path(given) if given else target / "debug" / "kage"


def clean_environment():
    """The environment without what points AWS tools anywhere."""
    kept = "KAGE_LAMBDA_PYTHON_PACKAGES"
    return {name: value for name, value in os.environ.items() if name == kept or not name.startswith(FOREIGN)}


class Double:
    """A running double. It does not outlive the `with` block."""

    def __init__(self, *arguments, kage=None):
        self.home = tempfile.TemporaryDirectory(prefix="kage-acceptance-")
        command = [str(kage or binary()), "up", "--port", "0", "--admin-port", "0", "--json"]
        if "--data" not in arguments:
            command.append("--ephemeral")
        # Its own folder for temporary files: doubles of other runs are not seen.
        environment = {**clean_environment(), "TMPDIR": self.home.name}
        self.log = open(Path(self.home.name) / "kage.log", "w+b")
        self.process = subprocess.Popen(
            [*command, *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self.log,
            env=environment, cwd=self.home.name,
        )
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            said = self.errors()
            self.home.cleanup()
            raise RuntimeError(f"the double did not start: {said}")
        self.ready = json.loads(line)

    endpoint = property(lambda self: self.ready["endpoint"])
    tls_endpoint = property(lambda self: self.ready["tls_endpoint"])
    ca_file = property(lambda self: self.ready["ca_file"])

    def errors(self):
        """What it has written on its error output."""
        self.log.flush()
        return Path(self.log.name).read_text(errors="replace")

    def admin(self, path, body=None):
        """Asks the admin endpoint."""
        request = urllib.request.Request(
            self.ready["admin"] + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "authorization": "Bearer " + Path(self.ready["token_file"]).read_text().strip(),
                "content-type": "application/json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"{path}: {error.code} {error.read().decode()}") from error

    def credentials(self, **who):
        """Access key, secret and perhaps a token: of the administrator, or as the admin endpoint takes it."""
        return self.admin("/v1/credentials", who)

    def variables(self, tls=False, **who):
        """The environment that points AWS tools at the double, and only there."""
        keys = self.credentials(**who)
        nowhere = str(Path(self.home.name) / "no-such-file")
        all = {
            "AWS_ENDPOINT_URL": self.tls_endpoint if tls else self.endpoint,
            "AWS_ACCESS_KEY_ID": keys["access_key_id"],
            "AWS_SECRET_ACCESS_KEY": keys["secret_access_key"],
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_CONFIG_FILE": nowhere,
            "AWS_SHARED_CREDENTIALS_FILE": nowhere,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "",
            "KAGE_ACCOUNT": keys["account"],
        }
        if keys.get("session_token"):
            all["AWS_SESSION_TOKEN"] = keys["session_token"]
        if tls:
            all.update(self.trust())
        return {**clean_environment(), **all}

    def trust(self):
        """The variables by which the SDKs trust its certificate."""
        return {name: self.ca_file for name in ("AWS_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE")}

    def stop(self):
        """Ends it in order; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = self.process.wait()
        self.process.stdout.close()
        self.log.close()
        self.home.cleanup()
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
