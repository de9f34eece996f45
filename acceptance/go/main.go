// Command acceptance checks the AWS SDK for Go v2 against the double that AWS_ENDPOINT_URL names.
package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cwtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/scheduler"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// A check is a named claim about the double.
type check struct {
	name string
	run  func(context.Context, aws.Config) error
}

var checks = []check{
	{"sts: who am I", whoAmI},
	{"sts: a wrong secret is refused", wrongSecret},
	{"iam: users are listed", listUsers},
	{"iam: a user that is not there", missingUser},
	{"s3: an object goes and comes back", object},
	{"s3: a stream of unknown hash goes and comes back", stream},
	{"kms: what is encrypted is decrypted", encrypt},
	{"kms: another context is refused", otherContext},
	{"ec2 (EC2 query): the Regions", regions},
	{"cloudwatch (CBOR): a metric goes and comes back", metric},
	{"scheduler (REST JSON): a group goes and comes back", scheduleGroup},
}

func main() {
	ctx := context.Background()
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		fmt.Println("no configuration:", err)
		os.Exit(1)
	}
	// A failure is a failure at once.
	cfg.RetryMaxAttempts = 1
	failed := 0
	for _, check := range checks {
		if err := check.run(ctx, cfg); err != nil {
			failed++
			fmt.Printf("FAIL %s: %v\n", check.name, err)
		} else {
			fmt.Printf("ok   %s\n", check.name)
		}
	}
	fmt.Printf("go: %d passed, %d failed\n", len(checks)-failed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}

func expect(what string, got, want any) error {
	if got != want {
		return fmt.Errorf("%s is %v, not %v", what, got, want)
	}
	return nil
}

func expectCode(err error, want string) error {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return fmt.Errorf("no API error, but %v", err)
	}
	return expect("the error code", api.ErrorCode(), want)
}

func whoAmI(ctx context.Context, cfg aws.Config) error {
	out, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return err
	}
	account := os.Getenv("KAGE_ACCOUNT")
	return errors.Join(
		expect("the account", aws.ToString(out.Account), account),
		expect("the ARN", aws.ToString(out.Arn), "arn:aws:iam::"+account+":user/admin"),
	)
}

func wrongSecret(ctx context.Context, cfg aws.Config) error {
	cfg.Credentials = credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), "not-the-secret", "")
	_, err := sts.NewFromConfig(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	return expectCode(err, "SignatureDoesNotMatch")
}

func listUsers(ctx context.Context, cfg aws.Config) error {
	pages := iam.NewListUsersPaginator(iam.NewFromConfig(cfg), &iam.ListUsersInput{MaxItems: aws.Int32(1)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, user := range page.Users {
			if aws.ToString(user.UserName) == "admin" {
				return nil
			}
		}
	}
	return errors.New("there is no admin")
}

func missingUser(ctx context.Context, cfg aws.Config) error {
	_, err := iam.NewFromConfig(cfg).GetUser(ctx, &iam.GetUserInput{UserName: aws.String("nobody")})
	return expectCode(err, "NoSuchEntity")
}

func bucket(ctx context.Context, cfg aws.Config, name string) (*s3.Client, error) {
	client := s3.NewFromConfig(cfg, func(o *s3.Options) { o.UsePathStyle = true })
	_, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String(name)})
	return client, err
}

func roundTrip(ctx context.Context, client *s3.Client, bucket string, body io.Reader, want []byte) error {
	put := &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String("a folder/ü.bin"), Body: body,
		ContentLength: aws.Int64(int64(len(want))),
	}
	if _, err := client.PutObject(ctx, put); err != nil {
		return err
	}
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: put.Bucket, Key: put.Key})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	got, err := io.ReadAll(out.Body)
	if err != nil {
		return err
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("%d other bytes came back", len(got))
	}
	return nil
}

func object(ctx context.Context, cfg aws.Config) error {
	client, err := bucket(ctx, cfg, "go-object")
	if err != nil {
		return err
	}
	want := []byte("hello, double")
	return roundTrip(ctx, client, "go-object", bytes.NewReader(want), want)
}

func stream(ctx context.Context, cfg aws.Config) error {
	// Over TLS the SDK sends a stream with its checksum in the trailer; over plain HTTP it refuses to.
	cfg.BaseEndpoint = aws.String(os.Getenv("KAGE_TLS_ENDPOINT"))
	client, err := bucket(ctx, cfg, "go-stream")
	if err != nil {
		return err
	}
	want := bytes.Repeat([]byte("0123456789abcdef"), 200_000)
	return roundTrip(ctx, client, "go-stream", io.MultiReader(bytes.NewReader(want)), want)
}

func encrypted(ctx context.Context, cfg aws.Config) (*kms.Client, []byte, error) {
	client := kms.NewFromConfig(cfg)
	key, err := client.CreateKey(ctx, &kms.CreateKeyInput{})
	if err != nil {
		return nil, nil, err
	}
	sealed, err := client.Encrypt(ctx, &kms.EncryptInput{
		KeyId: key.KeyMetadata.KeyId, Plaintext: []byte("secret"), EncryptionContext: map[string]string{"for": "go"},
	})
	if err != nil {
		return nil, nil, err
	}
	if bytes.Contains(sealed.CiphertextBlob, []byte("secret")) {
		return nil, nil, errors.New("the ciphertext shows the plaintext")
	}
	return client, sealed.CiphertextBlob, nil
}

func encrypt(ctx context.Context, cfg aws.Config) error {
	client, sealed, err := encrypted(ctx, cfg)
	if err != nil {
		return err
	}
	opened, err := client.Decrypt(ctx, &kms.DecryptInput{
		CiphertextBlob: sealed, EncryptionContext: map[string]string{"for": "go"},
	})
	if err != nil {
		return err
	}
	return expect("the plaintext", string(opened.Plaintext), "secret")
}

func otherContext(ctx context.Context, cfg aws.Config) error {
	client, sealed, err := encrypted(ctx, cfg)
	if err != nil {
		return err
	}
	_, err = client.Decrypt(ctx, &kms.DecryptInput{
		CiphertextBlob: sealed, EncryptionContext: map[string]string{"for": "java"},
	})
	return expectCode(err, "InvalidCiphertextException")
}

func regions(ctx context.Context, cfg aws.Config) error {
	client := ec2.NewFromConfig(cfg)
	out, err := client.DescribeRegions(ctx, &ec2.DescribeRegionsInput{RegionNames: []string{"eu-west-1"}})
	if err != nil {
		return err
	}
	if len(out.Regions) != 1 {
		return fmt.Errorf("%d Regions", len(out.Regions))
	}
	if err := expect("the Region", aws.ToString(out.Regions[0].RegionName), "eu-west-1"); err != nil {
		return err
	}
	_, err = client.DescribeRegions(ctx, &ec2.DescribeRegionsInput{RegionNames: []string{"mars-north-1"}})
	return expectCode(err, "InvalidParameterValue")
}

func metric(ctx context.Context, cfg aws.Config) error {
	client := cloudwatch.NewFromConfig(cfg)
	now := time.Now()
	datum := func(value float64) cwtypes.MetricDatum {
		return cwtypes.MetricDatum{MetricName: aws.String("m"), Timestamp: &now, Value: &value}
	}
	_, err := client.PutMetricData(ctx, &cloudwatch.PutMetricDataInput{
		Namespace: aws.String("go"), MetricData: []cwtypes.MetricDatum{datum(2), datum(4.5)},
	})
	if err != nil {
		return err
	}
	out, err := client.GetMetricStatistics(ctx, &cloudwatch.GetMetricStatisticsInput{
		Namespace: aws.String("go"), MetricName: aws.String("m"), Period: aws.Int32(3600),
		StartTime: aws.Time(now.Add(-10 * time.Minute)), EndTime: aws.Time(now.Add(10 * time.Minute)),
		Statistics: []cwtypes.Statistic{cwtypes.StatisticSum},
	})
	if err != nil {
		return err
	}
	if len(out.Datapoints) != 1 {
		return fmt.Errorf("%d datapoints", len(out.Datapoints))
	}
	return expect("the sum", aws.ToFloat64(out.Datapoints[0].Sum), 6.5)
}

func scheduleGroup(ctx context.Context, cfg aws.Config) error {
	client := scheduler.NewFromConfig(cfg)
	made, err := client.CreateScheduleGroup(ctx, &scheduler.CreateScheduleGroupInput{Name: aws.String("go")})
	if err != nil {
		return err
	}
	out, err := client.GetScheduleGroup(ctx, &scheduler.GetScheduleGroupInput{Name: aws.String("go")})
	if err != nil {
		return err
	}
	if err := expect("the ARN", aws.ToString(out.Arn), aws.ToString(made.ScheduleGroupArn)); err != nil {
		return err
	}
	_, err = client.GetScheduleGroup(ctx, &scheduler.GetScheduleGroupInput{Name: aws.String("nobody")})
	return expectCode(err, "ResourceNotFoundException")
}
