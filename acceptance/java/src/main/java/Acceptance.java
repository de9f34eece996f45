import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.cloudwatch.CloudWatchClient;
import software.amazon.awssdk.services.cloudwatch.model.MetricDatum;
import software.amazon.awssdk.services.cloudwatch.model.Statistic;
import software.amazon.awssdk.services.ec2.Ec2Client;
import software.amazon.awssdk.services.iam.IamClient;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.s3.S3Client;
import software.amazon.awssdk.services.scheduler.SchedulerClient;
import software.amazon.awssdk.services.sts.StsClient;

/** The AWS SDK for Java 2.x against the double that AWS_ENDPOINT_URL names. */
public final class Acceptance {
    private interface Check {
        void run() throws Exception;
    }

    private static final String ACCOUNT = System.getenv("KAGE_ACCOUNT");
    /** A failure is a failure at once. */
    private static final ClientOverrideConfiguration ONCE = ClientOverrideConfiguration.builder()
            .retryStrategy(DefaultRetryStrategy.doNotRetry())
            .build();

    private static final StsClient STS = StsClient.builder().overrideConfiguration(ONCE).build();
    private static final IamClient IAM = IamClient.builder().overrideConfiguration(ONCE).build();
    private static final KmsClient KMS = KmsClient.builder().overrideConfiguration(ONCE).build();
    private static final CloudWatchClient CLOUDWATCH = CloudWatchClient.builder().overrideConfiguration(ONCE).build();
    private static final Ec2Client EC2 = Ec2Client.builder().overrideConfiguration(ONCE).build();
    private static final SchedulerClient SCHEDULER = SchedulerClient.builder().overrideConfiguration(ONCE).build();
    private static final S3Client S3 =
            S3Client.builder().overrideConfiguration(ONCE).forcePathStyle(true).build();

    public static void main(String[] arguments) {
        Map<String, Check> checks = new LinkedHashMap<>();
        checks.put("sts: who am I", Acceptance::whoAmI);
        checks.put("sts: a wrong secret is refused", Acceptance::wrongSecret);
        checks.put("iam: users are listed", Acceptance::listUsers);
        checks.put("iam: a user that is not there", Acceptance::missingUser);
        checks.put("s3: an object goes and comes back", Acceptance::object);
        checks.put("s3: a stream goes and comes back", Acceptance::stream);
        checks.put("kms: what is encrypted is decrypted", Acceptance::encrypt);
        checks.put("kms: another context is refused", Acceptance::otherContext);
        checks.put("ec2 (EC2 query): the Regions", Acceptance::regions);
        checks.put("cloudwatch (CBOR): a metric goes and comes back", Acceptance::metric);
        checks.put("scheduler (REST JSON): a group goes and comes back", Acceptance::scheduleGroup);
        int failed = 0;
        for (Map.Entry<String, Check> check : checks.entrySet()) {
            try {
                check.getValue().run();
                System.out.println("ok   " + check.getKey());
            } catch (Exception | AssertionError error) {
                failed++;
                System.out.println("FAIL " + check.getKey() + ": " + error);
            }
        }
        System.out.printf("java: %d passed, %d failed%n", checks.size() - failed, failed);
        System.exit(failed > 0 ? 1 : 0);
    }

    private static void expect(String what, Object got, Object want) {
        if (!want.equals(got)) {
            throw new AssertionError(what + " is " + got + ", not " + want);
        }
    }

    private static void expectCode(Check check, String code) throws Exception {
        try {
            check.run();
        } catch (AwsServiceException error) {
            expect("the error code", error.awsErrorDetails().errorCode(), code);
            return;
        }
        throw new AssertionError("it was not refused");
    }

    private static void whoAmI() {
        var who = STS.getCallerIdentity();
        expect("the account", who.account(), ACCOUNT);
        expect("the ARN", who.arn(), "arn:aws:iam::" + ACCOUNT + ":user/admin");
    }

    private static void wrongSecret() throws Exception {
        var wrong = AwsBasicCredentials.create(System.getenv("AWS_ACCESS_KEY_ID"), "not-the-secret");
        try (var client = StsClient.builder()
                .overrideConfiguration(ONCE)
                .credentialsProvider(StaticCredentialsProvider.create(wrong))
                .build()) {
            expectCode(client::getCallerIdentity, "SignatureDoesNotMatch");
        }
    }

    private static void listUsers() {
        var users = IAM.listUsersPaginator(request -> request.maxItems(1)).users();
        expect("admin is there", users.stream().anyMatch(user -> user.userName().equals("admin")), true);
    }

    private static void missingUser() throws Exception {
        expectCode(() -> IAM.getUser(request -> request.userName("nobody")), "NoSuchEntity");
    }

    private static void roundTrip(String bucket, RequestBody body, byte[] want) {
        S3.createBucket(request -> request.bucket(bucket));
        S3.putObject(request -> request.bucket(bucket).key("a folder/ü.bin"), body);
        var got = S3.getObjectAsBytes(request -> request.bucket(bucket).key("a folder/ü.bin"));
        expect("what came back is the same", Arrays.equals(got.asByteArray(), want), true);
    }

    private static void object() {
        byte[] want = "hello, double".getBytes(StandardCharsets.UTF_8);
        roundTrip("java-object", RequestBody.fromBytes(want), want);
    }

    private static void stream() {
        byte[] want = "0123456789abcdef".repeat(200_000).getBytes(StandardCharsets.UTF_8);
        roundTrip("java-stream", RequestBody.fromInputStream(new ByteArrayInputStream(want), want.length), want);
    }

    private static SdkBytes sealed() {
        var key = KMS.createKey().keyMetadata().keyId();
        return KMS.encrypt(request -> request.keyId(key)
                        .plaintext(SdkBytes.fromUtf8String("secret"))
                        .encryptionContext(Map.of("for", "java")))
                .ciphertextBlob();
    }

    private static void encrypt() {
        var sealed = sealed();
        var opened = KMS.decrypt(request -> request.ciphertextBlob(sealed).encryptionContext(Map.of("for", "java")));
        expect("the plaintext", opened.plaintext().asUtf8String(), "secret");
    }

    private static void otherContext() throws Exception {
        var sealed = sealed();
        expectCode(
                () -> KMS.decrypt(request -> request.ciphertextBlob(sealed).encryptionContext(Map.of("for", "go"))),
                "InvalidCiphertextException");
    }

    private static void regions() throws Exception {
        var found = EC2.describeRegions(request -> request.regionNames("eu-west-1")).regions();
        expect("the Regions", found.size(), 1);
        expect("the Region", found.get(0).regionName(), "eu-west-1");
        expectCode(() -> EC2.describeRegions(request -> request.regionNames("mars-north-1")), "InvalidParameterValue");
    }

    private static void metric() {
        Instant now = Instant.now();
        MetricDatum[] data = Arrays.stream(new double[] {2, 4.5})
                .mapToObj(value -> MetricDatum.builder().metricName("m").timestamp(now).value(value).build())
                .toArray(MetricDatum[]::new);
        CLOUDWATCH.putMetricData(request -> request.namespace("java").metricData(data));
        var points = CLOUDWATCH.getMetricStatistics(request -> request.namespace("java").metricName("m").period(3600)
                .startTime(now.minus(Duration.ofMinutes(10))).endTime(now.plus(Duration.ofMinutes(10)))
                .statistics(Statistic.SUM)).datapoints();
        expect("the datapoints", points.size(), 1);
        expect("the sum", points.get(0).sum(), 6.5);
    }

    private static void scheduleGroup() throws Exception {
        var made = SCHEDULER.createScheduleGroup(request -> request.name("java"));
        expect("the ARN", SCHEDULER.getScheduleGroup(request -> request.name("java")).arn(), made.scheduleGroupArn());
        expectCode(() -> SCHEDULER.getScheduleGroup(request -> request.name("nobody")), "ResourceNotFoundException");
    }
}
