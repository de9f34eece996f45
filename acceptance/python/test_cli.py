"""The AWS CLI, as a person uses it."""

import base64
import json
import subprocess

import pytest


@pytest.fixture(scope="module")
def cli(double):
    plain, tls = double.variables(), double.variables(tls=True)

    def run(*arguments, over_tls=False, fails=False, stdin=None):
        done = subprocess.run(
            ["aws", "--output", "json", *arguments], env=tls if over_tls else plain, capture_output=True,
            input=stdin, timeout=120,
        )
        out, err = done.stdout.decode(), done.stderr.decode()
        if fails:
            assert done.returncode != 0, out
            return err
        assert done.returncode == 0, err
        return json.loads(out) if out.startswith(("{", "[")) else out

    return run


def test_who_am_i(cli, aws):
    assert cli("sts", "get-caller-identity")["Arn"] == f"arn:aws:iam::{aws.account}:user/admin"


def test_over_tls_with_aws_ca_bundle(cli):
    assert cli("iam", "get-user", over_tls=True)["User"]["UserName"] == "admin"


def test_users(cli, aws):
    made = cli("iam", "create-user", "--user-name", "Cli", "--tags", "Key=team,Value=red blue")["User"]
    assert made["Arn"] == f"arn:aws:iam::{aws.account}:user/Cli"
    assert cli("iam", "list-users", "--query", "Users[?UserName=='Cli'].UserId") == [made["UserId"]]
    cli("iam", "delete-user", "--user-name", "Cli")
    said = cli("iam", "get-user", "--user-name", "Cli", fails=True)
    assert "(NoSuchEntity) when calling the GetUser operation" in said
    assert "The user with name Cli cannot be found." in said


def test_keys(cli, tmp_path):
    key = cli("kms", "create-key")["KeyMetadata"]["KeyId"]
    cli("kms", "create-alias", "--alias-name", "alias/cli", "--target-key-id", key)
    (tmp_path / "plain").write_bytes(b"\x00secret")
    plain = f"fileb://{tmp_path}/plain"
    sealed = cli("kms", "encrypt", "--key-id", "alias/cli", "--plaintext", plain)["CiphertextBlob"]
    (tmp_path / "sealed").write_bytes(base64.b64decode(sealed))
    opened = cli("kms", "decrypt", "--ciphertext-blob", f"fileb://{tmp_path}/sealed")
    assert opened["KeyId"].endswith(key)
    assert base64.b64decode(opened["Plaintext"]) == b"\x00secret"


def test_regions(cli):
    assert cli("ec2", "describe-regions", "--query", "Regions[?RegionName=='us-east-1'].Endpoint") == [
        "ec2.us-east-1.amazonaws.com"
    ]


def test_organization(cli, aws):
    assert cli("organizations", "describe-organization")["Organization"]["MasterAccountId"] == aws.account


def test_trail(cli):
    cli("iam", "create-user", "--user-name", "CliSeen")
    events = cli(
        "cloudtrail", "lookup-events", "--lookup-attributes", "AttributeKey=EventName,AttributeValue=CreateUser"
    )["Events"]
    assert any("CliSeen" in event["CloudTrailEvent"] for event in events)


def test_files_are_copied_and_synced(cli, tmp_path):
    cli("s3", "mb", "s3://cli-files")
    source = tmp_path / "source"
    (source / "deep").mkdir(parents=True)
    (source / "one.txt").write_text("one")
    (source / "deep" / "two.txt").write_text("two")
    cli("s3", "sync", str(source), "s3://cli-files/copy")
    listed = cli("s3", "ls", "--recursive", "s3://cli-files")
    assert "copy/one.txt" in listed and "copy/deep/two.txt" in listed
    assert cli("s3", "cp", "s3://cli-files/copy/deep/two.txt", "-") == "two"
    cli("s3", "cp", "-", "s3://cli-files/stdin", stdin=b"typed")
    assert cli("s3", "cp", "s3://cli-files/stdin", "-", over_tls=True) == "typed"
    cli("s3", "rb", "--force", "s3://cli-files")
    assert "NoSuchBucket" in cli("s3api", "list-objects-v2", "--bucket", "cli-files", fails=True)


def test_what_is_not_modelled(cli):
    said = cli("autoscaling", "describe-auto-scaling-groups", fails=True)
    assert "(NotImplemented)" in said and "does not model autoscaling:DescribeAutoScalingGroups" in said
