"""What all tests share: one double, and clients of it."""

import os
import sys
from pathlib import Path

import boto3
import pytest
from botocore.config import Config

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from double import Double, REGION  # noqa: E402


class Setting:
    """The double, and how clients are made."""

    def __init__(self, double):
        self.double = double
        self.keys = double.credentials()
        self.account = self.keys["account"]

    def client(self, service, keys=None, **options):
        """A boto3 client; the administrator's unless other keys are given."""
        keys = keys or self.keys
        settings = {"retries": {"total_max_attempts": 1}, **options.pop("config", {})}
        if service == "s3":
            settings.setdefault("s3", {"addressing_style": "path"})
        given = {"endpoint_url": self.double.endpoint, "region_name": REGION, **options}
        return boto3.session.Session().client(
            service, aws_access_key_id=keys["access_key_id"], aws_secret_access_key=keys["secret_access_key"],
            aws_session_token=keys.get("session_token"), config=Config(**settings), **given,
        )


@pytest.fixture(scope="session")
def double():
    with Double() as double:
        yield double
        assert double.stop() == 0


@pytest.fixture(scope="session")
def aws(double):
    # boto3 asks the environment for what is not given: nothing may be there.
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("AWS_")]:
            patch.delenv(name)
        patch.setenv("AWS_CONFIG_FILE", "/nonexistent")
        patch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield Setting(double)


@pytest.fixture(scope="session")
def bucket(aws):
    """A bucket for all tests, with keys of their own."""
    name = "python-acceptance"
    aws.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture(scope="session")
def key(aws):
    """A KMS key for all tests."""
    return aws.client("kms").create_key(Description="acceptance")["KeyMetadata"]["KeyId"]
