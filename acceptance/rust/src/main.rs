//! The AWS SDK for Rust against the double that `AWS_ENDPOINT_URL` names.

use aws_config::{SdkConfig, retry::RetryConfig};
use aws_sdk_kms::primitives::Blob;
use aws_sdk_s3::primitives::ByteStream;
use std::error::Error;
use std::process::ExitCode;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    // No TLS: it would build a cryptographic library for one check.
    let http = aws_smithy_http_client::Builder::new().build_http();
    let config = aws_config::from_env().http_client(http).retry_config(RetryConfig::disabled()).load().await;
    let results = [
        ("sts: who am I", who_am_i(&config).await),
        ("sts: a wrong secret is refused", wrong_secret(&config).await),
        ("iam: users are listed", list_users(&config).await),
        ("iam: a user that is not there", missing_user(&config).await),
        ("s3: an object goes and comes back", object(&config).await),
        ("s3: a streamed file goes and comes back", file(&config).await),
        ("kms: what is encrypted is decrypted", encrypt(&config).await),
        ("kms: another context is refused", other_context(&config).await),
        ("cloudwatch (CBOR): a metric goes and comes back", metric(&config).await),
        ("scheduler (REST JSON): a group goes and comes back", schedule_group(&config).await),
    ];
    let mut failed = 0;
    for (name, result) in &results {
        match result {
            Ok(()) => println!("ok   {name}"),
            Err(error) => {
                failed += 1;
                println!(
                    "FAIL {name}: {error}: {}",
                    error.source().map(ToString::to_string).unwrap_or_default()
                );
            }
        }
    }
    println!("rust: {} passed, {failed} failed", results.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn expect<T: PartialEq + std::fmt::Debug>(what: &str, got: T, want: T) -> Outcome {
    if got == want { Ok(()) } else { Err(format!("{what} is {got:?}, not {want:?}").into()) }
}

fn account() -> String {
    std::env::var("KAGE_ACCOUNT").unwrap_or_default()
}

async fn who_am_i(config: &SdkConfig) -> Outcome {
    let who = aws_sdk_sts::Client::new(config).get_caller_identity().send().await?;
    expect("the account", who.account(), Some(account().as_str()))?;
    expect("the ARN", who.arn(), Some(format!("arn:aws:iam::{}:user/admin", account()).as_str()))
}

async fn wrong_secret(config: &SdkConfig) -> Outcome {
    let key = std::env::var("AWS_ACCESS_KEY_ID")?;
    let wrong = aws_sdk_sts::config::Credentials::new(key, "not-the-secret", None, None, "acceptance");
    let config = aws_sdk_sts::config::Builder::from(config).credentials_provider(wrong).build();
    let refused = aws_sdk_sts::Client::from_conf(config).get_caller_identity().send().await;
    let error = refused.err().ok_or("it was not refused")?;
    let code = error.as_service_error().and_then(|error| error.meta().code());
    expect("the error code", code, Some("SignatureDoesNotMatch"))
}

async fn list_users(config: &SdkConfig) -> Outcome {
    let mut pages =
        aws_sdk_iam::Client::new(config).list_users().into_paginator().page_size(1).items().send();
    while let Some(user) = pages.next().await {
        if user?.user_name() == "admin" {
            return Ok(());
        }
    }
    Err("there is no admin".into())
}

async fn missing_user(config: &SdkConfig) -> Outcome {
    let got = aws_sdk_iam::Client::new(config).get_user().user_name("nobody").send().await;
    let error = got.err().ok_or("it is there")?.into_service_error();
    expect("it is a NoSuchEntity", error.is_no_such_entity_exception(), true)
}

async fn round_trip(config: &SdkConfig, bucket: &str, body: ByteStream, want: &[u8]) -> Outcome {
    let path_style = aws_sdk_s3::config::Builder::from(config).force_path_style(true).build();
    let client = aws_sdk_s3::Client::from_conf(path_style);
    client.create_bucket().bucket(bucket).send().await?;
    client.put_object().bucket(bucket).key("a folder/ü.bin").body(body).send().await?;
    let got = client.get_object().bucket(bucket).key("a folder/ü.bin").send().await?;
    expect("what came back is the same", got.body.collect().await?.into_bytes() == want, true)
}

async fn object(config: &SdkConfig) -> Outcome {
    round_trip(config, "rust-object", ByteStream::from_static(b"hello, double"), b"hello, double").await
}

async fn file(config: &SdkConfig) -> Outcome {
    let want = "0123456789abcdef".repeat(200_000);
    let path = std::env::temp_dir().join(format!("kage-acceptance-{}", std::process::id()));
    std::fs::write(&path, &want)?;
    let done = match ByteStream::from_path(&path).await {
        Ok(body) => round_trip(config, "rust-file", body, want.as_bytes()).await,
        Err(error) => Err(error.into()),
    };
    std::fs::remove_file(path)?;
    done
}

async fn sealed(client: &aws_sdk_kms::Client) -> Outcome<Blob> {
    let key = client.create_key().send().await?.key_metadata.ok_or("no key")?.key_id;
    let sealed =
        client.encrypt().key_id(key).plaintext(Blob::new("secret")).encryption_context("for", "rust");
    Ok(sealed.send().await?.ciphertext_blob.ok_or("no ciphertext")?)
}

async fn encrypt(config: &SdkConfig) -> Outcome {
    let client = aws_sdk_kms::Client::new(config);
    let opened = client.decrypt().ciphertext_blob(sealed(&client).await?).encryption_context("for", "rust");
    expect("the plaintext", opened.send().await?.plaintext, Some(Blob::new("secret")))
}

async fn other_context(config: &SdkConfig) -> Outcome {
    let client = aws_sdk_kms::Client::new(config);
    let opened =
        client.decrypt().ciphertext_blob(sealed(&client).await?).encryption_context("for", "go").send().await;
    let error = opened.err().ok_or("it was not refused")?.into_service_error();
    expect("it is an InvalidCiphertext", error.is_invalid_ciphertext_exception(), true)
}

async fn metric(config: &SdkConfig) -> Outcome {
    use aws_sdk_cloudwatch::primitives::DateTime;
    use aws_sdk_cloudwatch::types::{MetricDatum, Statistic};
    let client = aws_sdk_cloudwatch::Client::new(config);
    let now = std::time::SystemTime::now();
    let datum = |value| MetricDatum::builder().metric_name("m").timestamp(DateTime::from(now)).value(value).build();
    client.put_metric_data().namespace("rust").metric_data(datum(2.0)).metric_data(datum(4.5)).send().await?;
    let ten_minutes = std::time::Duration::from_secs(600);
    let asked = client.get_metric_statistics().namespace("rust").metric_name("m").period(3600);
    let asked = asked.start_time(DateTime::from(now - ten_minutes)).end_time(DateTime::from(now + ten_minutes));
    let answer = asked.statistics(Statistic::Sum).send().await?;
    let sums: Vec<Option<f64>> = answer.datapoints().iter().map(|point| point.sum()).collect();
    expect("the sums", sums, vec![Some(6.5)])
}

async fn schedule_group(config: &SdkConfig) -> Outcome {
    let client = aws_sdk_scheduler::Client::new(config);
    let made = client.create_schedule_group().name("rust").send().await?;
    let group = client.get_schedule_group().name("rust").send().await?;
    expect("the ARN", group.arn(), Some(made.schedule_group_arn()))?;
    let refused = client.get_schedule_group().name("nobody").send().await;
    let error = refused.err().ok_or("it is there")?.into_service_error();
    expect("the error", error.is_resource_not_found_exception(), true)
}
