// The AWS SDK for JavaScript v3 against the double that AWS_ENDPOINT_URL names.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import {
  CloudWatchClient, GetMetricStatisticsCommand, PutMetricDataCommand,
} from "@aws-sdk/client-cloudwatch";
import { AwsSmithyRpcV2CborProtocol } from "@aws-sdk/core/protocols";
import { DescribeRegionsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetUserCommand, IAMClient, paginateListUsers } from "@aws-sdk/client-iam";
import { CreateKeyCommand, DecryptCommand, EncryptCommand, KMSClient } from "@aws-sdk/client-kms";
import {
  CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand, S3Client,
} from "@aws-sdk/client-s3";
import {
  CreateScheduleGroupCommand, GetScheduleGroupCommand, SchedulerClient,
} from "@aws-sdk/client-scheduler";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";

// A failure is a failure at once.
const once = { maxAttempts: 1 };
const account = process.env.KAGE_ACCOUNT;
const s3 = new S3Client({ ...once, forcePathStyle: true });

async function bucket(name) {
  await s3.send(new CreateBucketCommand({ Bucket: name }));
  return name;
}

async function sealed(client) {
  const key = await client.send(new CreateKeyCommand({}));
  const answer = await client.send(new EncryptCommand({
    KeyId: key.KeyMetadata.KeyId, Plaintext: Buffer.from("secret"), EncryptionContext: { for: "javascript" },
  }));
  assert(!Buffer.from(answer.CiphertextBlob).includes("secret"));
  return answer.CiphertextBlob;
}

const checks = {
  "sts: who am I": async () => {
    const who = await new STSClient(once).send(new GetCallerIdentityCommand({}));
    assert.equal(who.Account, account);
    assert.equal(who.Arn, `arn:aws:iam::${account}:user/admin`);
  },
  "sts: the same over TLS": async () => {
    const client = new STSClient({ ...once, endpoint: process.env.KAGE_TLS_ENDPOINT });
    assert.equal((await client.send(new GetCallerIdentityCommand({}))).Account, account);
  },
  "sts: a wrong secret is refused": async () => {
    const credentials = { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: "not-the-secret" };
    const client = new STSClient({ ...once, credentials });
    await assert.rejects(client.send(new GetCallerIdentityCommand({})), { name: "SignatureDoesNotMatch" });
  },
  "iam: users are listed": async () => {
    const names = [];
    for await (const page of paginateListUsers({ client: new IAMClient(once), pageSize: 1 }, {})) {
      names.push(...page.Users.map((user) => user.UserName));
    }
    assert(names.includes("admin"), `there is no admin in ${names}`);
  },
  "iam: a user that is not there": async () => {
    const wanted = new GetUserCommand({ UserName: "nobody" });
    await assert.rejects(new IAMClient(once).send(wanted), (error) => {
      assert.match(error.name, /^NoSuchEntity/);
      assert.equal(error.$metadata.httpStatusCode, 404);
      return true;
    });
  },
  "s3: an object goes and comes back": async () => {
    const place = { Bucket: await bucket("javascript-object"), Key: "a folder/ü.txt" };
    const body = "hello, double";
    const put = await s3.send(new PutObjectCommand({ ...place, Body: body, Metadata: { colour: "red" } }));
    assert.equal(put.ETag, `"${createHash("md5").update(body).digest("hex")}"`);
    const got = await s3.send(new GetObjectCommand(place));
    assert.equal(await got.Body.transformToString(), body);
    assert.deepEqual(got.Metadata, { colour: "red" });
  },
  "s3: a stream goes and comes back": async () => {
    const place = { Bucket: await bucket("javascript-stream"), Key: "stream" };
    const piece = Buffer.alloc(64 * 1024, "0123456789abcdef");
    const Body = Readable.from(Array.from({ length: 50 }, () => piece));
    await s3.send(new PutObjectCommand({ ...place, Body, ContentLength: 50 * piece.length }));
    assert.equal((await s3.send(new HeadObjectCommand(place))).ContentLength, 50 * piece.length);
    const hash = createHash("sha256");
    for await (const part of (await s3.send(new GetObjectCommand(place))).Body) hash.update(part);
    const wanted = createHash("sha256").update(Buffer.concat(Array(50).fill(piece))).digest("hex");
    assert.equal(hash.digest("hex"), wanted);
  },
  "kms: what is encrypted is decrypted": async () => {
    const client = new KMSClient(once);
    const CiphertextBlob = await sealed(client);
    const opened = await client.send(new DecryptCommand({
      CiphertextBlob, EncryptionContext: { for: "javascript" },
    }));
    assert.equal(Buffer.from(opened.Plaintext).toString(), "secret");
  },
  "kms: another context is refused": async () => {
    const client = new KMSClient(once);
    const command = new DecryptCommand({
      CiphertextBlob: await sealed(client), EncryptionContext: { for: "java" },
    });
    await assert.rejects(client.send(command), { name: "InvalidCiphertextException" });
  },
};

// The protocols that the services above do not speak.
Object.assign(checks, {
  "ec2 (EC2 query): the Regions": async () => {
    const answer = await new EC2Client(once).send(new DescribeRegionsCommand({ RegionNames: ["eu-west-1"] }));
    assert.deepEqual(answer.Regions.map((region) => region.RegionName), ["eu-west-1"]);
    const wrong = new DescribeRegionsCommand({ RegionNames: ["mars-north-1"] });
    await assert.rejects(new EC2Client(once).send(wrong), { name: "InvalidParameterValue" });
  },
  "cloudwatch (CBOR): a metric goes and comes back": async () => {
    // Its own choice is JSON.
    const client = new CloudWatchClient({ ...once, protocol: AwsSmithyRpcV2CborProtocol });
    const types = new Set();
    client.middlewareStack.add((next) => async (given) => {
      types.add(given.request.headers["content-type"]);
      return next(given);
    }, { step: "finalizeRequest" });
    const metric = { Namespace: "javascript", MetricName: "m" };
    const now = new Date();
    const data = [{ MetricName: "m", Timestamp: now, Value: 2 }, { MetricName: "m", Timestamp: now, Value: 4.5 }];
    await client.send(new PutMetricDataCommand({ Namespace: "javascript", MetricData: data }));
    const answer = await client.send(new GetMetricStatisticsCommand({
      ...metric, StartTime: new Date(now - 600_000), EndTime: new Date(+now + 600_000), Period: 3600,
      Statistics: ["Sum", "SampleCount"],
    }));
    assert.deepEqual(answer.Datapoints.map((point) => [point.Sum, point.SampleCount]), [[6.5, 2]]);
    assert.deepEqual([...types], ["application/cbor"]);
  },
  "scheduler (REST JSON): a group goes and comes back": async () => {
    const client = new SchedulerClient(once);
    await client.send(new CreateScheduleGroupCommand({ Name: "javascript" }));
    const group = await client.send(new GetScheduleGroupCommand({ Name: "javascript" }));
    assert.equal(group.Arn, `arn:aws:scheduler:us-east-1:${account}:schedule-group/javascript`);
    const missing = new GetScheduleGroupCommand({ Name: "nobody" });
    await assert.rejects(client.send(missing), { name: "ResourceNotFoundException" });
  },
});

let failed = 0;
for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok   ${name}`);
  } catch (error) {
    failed += 1;
    console.log(`FAIL ${name}: ${error.name}: ${error.message}`);
  }
}
console.log(`javascript: ${Object.keys(checks).length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
