"""A round trip with boto3 for every service, in the service's own protocol."""

import time

import pytest
from wire import refused


def test_sts_says_who_calls(aws):
    who = aws.client("sts").get_caller_identity()
    assert who["Account"] == aws.account
    assert who["Arn"] == f"arn:aws:iam::{aws.account}:user/admin"
    assert who["UserId"].startswith("AIDA")
    assert who["ResponseMetadata"]["RequestId"]


def test_sts_gives_sessions_that_work(aws):
    iam = aws.client("iam")
    trust = (
        '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
        f'"Principal":{{"AWS":"arn:aws:iam::{aws.account}:root"}}}}]}}'
    )
    role = iam.create_role(RoleName="acceptance", AssumeRolePolicyDocument=trust, Description="a & <b>")["Role"]
    assert iam.get_role(RoleName="acceptance")["Role"]["Description"] == "a & <b>"
    given = aws.client("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="me")
    keys = {
        "access_key_id": given["Credentials"]["AccessKeyId"],
        "secret_access_key": given["Credentials"]["SecretAccessKey"],
        "session_token": given["Credentials"]["SessionToken"],
    }
    who = aws.client("sts", keys).get_caller_identity()
    assert who["Arn"] == f"arn:aws:sts::{aws.account}:assumed-role/acceptance/me"
    # The role may do nothing.
    refused(lambda: aws.client("iam", keys).list_users(), "AccessDenied", 403)
    tampered = {**keys, "session_token": keys["session_token"][:-4] + "AAAA"}
    refused(lambda: aws.client("sts", tampered).get_caller_identity(), "InvalidClientTokenId", 403)


def test_iam_users_come_and_go(aws):
    iam = aws.client("iam")
    made = iam.create_user(UserName="Ada", Path="/team/", Tags=[{"Key": "a", "Value": "ü = +b@"}])["User"]
    assert made["Arn"] == f"arn:aws:iam::{aws.account}:user/team/Ada"
    got = iam.get_user(UserName="Ada")["User"]
    assert (got["UserId"], got["CreateDate"]) == (made["UserId"], made["CreateDate"])
    assert got["Tags"] == [{"Key": "a", "Value": "ü = +b@"}]
    pages = iam.get_paginator("list_users").paginate(PaginationConfig={"PageSize": 1})
    assert {"Ada", "admin"} <= {user["UserName"] for page in pages for user in page["Users"]}
    refused(lambda: iam.create_user(UserName="Ada"), "EntityAlreadyExists", 409)
    iam.delete_user(UserName="Ada")
    refused(lambda: iam.get_user(UserName="Ada"), "NoSuchEntity", 404)


def test_iam_policies_decide(aws):
    iam = aws.client("iam")
    iam.create_user(UserName="Limited")
    made = iam.create_access_key(UserName="Limited")["AccessKey"]
    keys = {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"]}
    limited = aws.client("iam", keys)
    said = refused(limited.list_users, "AccessDenied", 403)
    assert "user/Limited is not authorized to perform: iam:ListUsers" in said
    policy = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}}'
    iam.put_user_policy(UserName="Limited", PolicyName="may-list", PolicyDocument=policy)
    assert limited.list_users()["Users"]
    refused(lambda: limited.create_user(UserName="More"), "AccessDenied", 403)


def test_kms_encrypts_and_decrypts(aws, key):
    kms = aws.client("kms")
    secret = bytes(range(256))
    sealed = kms.encrypt(KeyId=key, Plaintext=secret, EncryptionContext={"for": "python"})
    assert secret not in sealed["CiphertextBlob"]
    again = kms.encrypt(KeyId=key, Plaintext=secret, EncryptionContext={"for": "python"})
    assert again["CiphertextBlob"] != sealed["CiphertextBlob"]
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"for": "python"})
    assert opened["Plaintext"] == secret
    assert opened["KeyId"] == f"arn:aws:kms:us-east-1:{aws.account}:key/{key}"

    def wrong_context():
        kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext={"for": "go"})

    refused(wrong_context, "InvalidCiphertextException", 400)
    blob = sealed["CiphertextBlob"]
    changed = blob[:-1] + bytes([blob[-1] ^ 1])
    refused(
        lambda: kms.decrypt(CiphertextBlob=changed, EncryptionContext={"for": "python"}),
        "InvalidCiphertextException", 400,
    )
    refused(lambda: kms.describe_key(KeyId="00000000-0000-0000-0000-000000000000"), "NotFoundException", 400)


def test_cloudtrail_has_the_call_and_its_refusal(aws):
    iam, trail = aws.client("iam"), aws.client("cloudtrail")
    name = f"Seen-{time.time_ns()}"
    request = iam.create_user(UserName=name)["ResponseMetadata"]["RequestId"]
    refused(lambda: iam.create_user(UserName=name), "EntityAlreadyExists", 409)
    found = trail.lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "CreateUser"}], MaxResults=50
    )["Events"]
    mine = [event["CloudTrailEvent"] for event in found if name in event["CloudTrailEvent"]]
    assert len(mine) == 2, found
    assert any(request in event and "errorCode" not in event for event in mine)
    assert any('"errorCode":"EntityAlreadyExistsException"' in event for event in mine)


def test_organizations_describes_itself(aws):
    organizations = aws.client("organizations")
    described = organizations.describe_organization()["Organization"]
    assert described["MasterAccountId"] == aws.account
    assert described["FeatureSet"] == "ALL"
    accounts = organizations.list_accounts()["Accounts"]
    assert aws.account in [account["Id"] for account in accounts]
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="acceptance")["OrganizationalUnit"]
    listed = organizations.list_organizational_units_for_parent(ParentId=root)["OrganizationalUnits"]
    assert unit in listed
    organizations.delete_organizational_unit(OrganizationalUnitId=unit["Id"])


def test_ec2_describes_regions(aws):
    regions = aws.client("ec2").describe_regions()["Regions"]
    names = {region["RegionName"]: region for region in regions}
    assert names["us-east-1"]["Endpoint"] == "ec2.us-east-1.amazonaws.com"
    some = aws.client("ec2").describe_regions(RegionNames=["eu-west-1"])["Regions"]
    assert [region["RegionName"] for region in some] == ["eu-west-1"]
    said = refused(lambda: aws.client("ec2").describe_regions(DryRun=True), "DryRunOperation", 412)
    assert "would have succeeded" in said


# Operations that this double does not model, one of each protocol.
@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("autoscaling", "describe_auto_scaling_groups"),  # query
        ("dynamodb", "list_tables"),  # JSON 1.0
        ("ssm", "describe_parameters"),  # JSON 1.1
        ("accessanalyzer", "list_analyzers"),  # REST JSON
        ("route53", "list_hosted_zones"),  # REST XML
        ("cloudwatch", "list_metric_streams"),  # of a service that is modelled
    ],
)
def test_what_is_not_modelled_is_refused_by_name(aws, service, operation):
    said = refused(getattr(aws.client(service), operation), "NotImplemented", 501)
    assert f"does not model {service}:" in said, said
