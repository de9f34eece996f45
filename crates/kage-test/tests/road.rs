//! The road as a whole, seen from its two ends: signed bytes in, answers and records out.

#[cfg(test)]
mod road {
    use kage_test::{Caller, MANAGEMENT, World};
    use serde_json::{Value, json};

    fn world() -> World {
        World::new(vec![kage_iam::service(), kage_sts::service()])
    }

    fn names(events: &[Value]) -> Vec<&str> {
        events.iter().filter_map(|event| event["eventName"].as_str()).collect()
    }

    fn latest(world: &World) -> String {
        world.pipeline.latest(1)[0].0.clone()
    }

    #[test]
    fn bad_credentials_are_refused_in_the_words_of_the_service_and_leave_no_record() {
        // claims: ID-IAMEVAL-02, IR-KEYLEAK-01
        let world = world();
        let admin = world.admin();
        let bob = world.user(&admin, "bob");
        let before = world.events(MANAGEMENT).len();
        let ask = |caller: &Caller| world.call(caller, "sts", "GetCallerIdentity", json!({})).err();

        let wrong = ask(&Caller { secret: "wrong".to_owned(), ..bob.clone() });
        assert_eq!((wrong.code.as_str(), wrong.status), ("SignatureDoesNotMatch", 403));
        let unknown = ask(&Caller { key: "AKIAAAAAAAAAAAAAAAAA".to_owned(), ..bob.clone() });
        assert_eq!((unknown.code.as_str(), unknown.status), ("InvalidClientTokenId", 403));
        let token = ask(&Caller { token: Some("made up".to_owned()), ..bob.clone() });
        assert_eq!(token.code, "InvalidClientTokenId");
        assert_eq!(world.events(MANAGEMENT).len(), before);

        let inactive = json!({"UserName": "bob", "AccessKeyId": bob.key, "Status": "Inactive"});
        world.call(&admin, "iam", "UpdateAccessKey", inactive).ok();
        assert_eq!(ask(&bob).code, "InvalidClientTokenId");
        let active = json!({"UserName": "bob", "AccessKeyId": bob.key, "Status": "Active"});
        world.call(&admin, "iam", "UpdateAccessKey", active).ok();
        world.call(&bob, "sts", "GetCallerIdentity", json!({})).ok();
    }

    #[test]
    fn temporary_credentials_need_their_token_and_end_on_the_doubles_clock() {
        let world = world();
        let bob = world.user(&world.admin(), "bob");
        let made = world.call(&bob, "sts", "GetSessionToken", json!({"DurationSeconds": 900})).ok();
        let text = |name: &str| made["Credentials"][name].as_str().unwrap().to_owned();
        let session = Caller {
            key: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: Some(text("SessionToken")),
        };
        let ask = |caller: &Caller| world.call(caller, "sts", "GetCallerIdentity", json!({}));
        ask(&session).ok();
        assert_eq!(ask(&Caller { token: None, ..session.clone() }).err().code, "InvalidClientTokenId");
        world.advance(899_000);
        ask(&session).ok();
        world.advance(1_000);
        assert_eq!(ask(&session).err().code, "ExpiredToken");
    }

    #[test]
    fn a_refused_call_leaves_its_record_and_nothing_else() {
        let world = world();
        let admin = world.admin();
        let bob = world.user(&admin, "bob");
        let denied = world.call(&bob, "iam", "CreateUser", json!({"UserName": "eve"})).err();
        assert_eq!((denied.code.as_str(), denied.status), ("AccessDenied", 403));
        assert_eq!(
            denied.message,
            "User: arn:aws:iam::111111111111:user/bob is not authorized to perform: iam:CreateUser on resource: \
             arn:aws:iam::111111111111:user/eve because no identity-based policy allows the iam:CreateUser action"
        );
        let missing = world.call(&admin, "iam", "GetUser", json!({"UserName": "eve"})).err();
        assert_eq!(missing.code, "NoSuchEntity");
        let events = world.events(MANAGEMENT);
        assert!(names(&events).ends_with(&["CreateUser", "GetUser"]), "{:?}", names(&events));
        assert_eq!(events[events.len() - 2]["errorCode"], "AccessDenied");
        assert_eq!(events[events.len() - 2]["userIdentity"]["userName"], "bob");
    }

    #[test]
    fn a_call_that_breaks_the_model_is_refused_before_it_runs() {
        let world = world();
        let ask =
            |name: &str| world.call(&world.admin(), "iam", "CreateUser", json!({"UserName": name})).err();
        let refused = ask("");
        assert_eq!((refused.code.as_str(), refused.status), ("ValidationError", 400));
        assert!(
            refused.message.contains(
                "Value '' at 'userName' failed to satisfy constraint: Member must have length greater than or equal to 1"
            ),
            "{}",
            refused.message
        );
        // IAM has words of its own for names.
        assert_eq!(
            ask("b o b").message,
            "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"
        );
        let incomplete = world.call(&world.admin(), "iam", "CreateUser", json!({})).err();
        assert_eq!(incomplete.code, "ValidationError");
        assert_eq!(
            incomplete.message,
            "1 validation error detected: Value null at 'userName' failed to satisfy constraint: Member must not be null"
        );
    }

    #[test]
    fn why_names_the_condition_that_failed_with_the_value_seen() {
        // claims: ID-IAMEVAL-05
        let world = world();
        let admin = world.admin();
        let bob = world.user(&admin, "bob");
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Sid":"OnlyEu","Effect":"Allow","Action":"iam:ListUsers",
            "Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-west-1"}}}]}"#;
        let put = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": policy});
        world.call(&admin, "iam", "PutUserPolicy", put).ok();
        assert_eq!(world.call(&bob, "iam", "ListUsers", json!({})).code(), Some("AccessDenied"));
        let why = world.pipeline.why(&latest(&world)).unwrap().unwrap();
        let text = why.text;
        assert!(
            text.contains("Or meet the condition of statement OnlyEu of p (line 1): StringEquals aws:RequestedRegion [eu-west-1], seen: us-east-1."),
            "{text}"
        );
        let program = why.json;
        assert_eq!(program["evaluations"][0]["decision"]["effect"], "IMPLICIT_DENY");
        assert_eq!(
            world.call_in(&bob, "eu-west-1", "iam", "ListUsers", &json!({})).code(),
            Some("AccessDenied")
        );
    }

    #[test]
    fn the_explanation_is_of_the_moment_of_the_call() {
        let world = world();
        let admin = world.admin();
        let bob = world.user(&admin, "bob");
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"iam:ListUsers","Resource":"*"}]}"#;
        let put = json!({"UserName": "bob", "PolicyName": "p", "PolicyDocument": policy});
        world.call(&admin, "iam", "PutUserPolicy", put).ok();
        world.call(&bob, "iam", "ListUsers", json!({})).ok();
        let request = latest(&world);
        world.call(&admin, "iam", "DeleteUserPolicy", json!({"UserName": "bob", "PolicyName": "p"})).ok();
        assert_eq!(world.call(&bob, "iam", "ListUsers", json!({})).code(), Some("AccessDenied"));
        let why = world.pipeline.why(&request).unwrap().unwrap().json;
        assert_eq!(why["evaluations"][0]["decision"]["effect"], "ALLOW");
    }

    #[test]
    fn a_denial_can_be_explained_after_a_restart() {
        let world = world();
        let admin = world.admin();
        let bob = world.user(&admin, "bob");
        world.call(&admin, "iam", "ListUsers", json!({})).ok();
        let allowed = latest(&world);
        world.call(&bob, "iam", "ListUsers", json!({})).err();
        let denied = latest(&world);
        let before = world.pipeline.why(&denied).unwrap().unwrap();
        let services = vec![kage_iam::service(), kage_sts::service()];
        let options = kage_pipeline::Options { auth: kage_pipeline::Auth::Strict };
        let again = kage_pipeline::Pipeline::new(world.pipeline.world().clone(), services, options);
        assert_eq!(again.why(&denied).unwrap(), Some(before));
        assert_eq!(again.why(&allowed).unwrap(), None, "only denials are kept for good");
    }

    #[test]
    fn the_credentials_of_a_closed_account_name_nobody() {
        let mut world = world();
        let (id, admin) = world.account();
        world.call(&admin, "sts", "GetCallerIdentity", json!({})).ok();
        let session = world.call(&admin, "sts", "GetSessionToken", json!({})).ok();
        let text = |name: &str| session["Credentials"][name].as_str().unwrap().to_owned();
        let session = kage_test::Caller {
            key: text("AccessKeyId"),
            secret: text("SecretAccessKey"),
            token: Some(text("SessionToken")),
        };
        world.call(&session, "sts", "GetCallerIdentity", json!({})).ok();
        world.write(|tx| {
            let mut account = kage_identity::accounts::find(tx.reads(), &id)?.unwrap();
            account.status = "SUSPENDED".to_owned();
            kage_identity::accounts::put(tx, &account)
        });
        for bearer in [&admin, &session] {
            let refused = world.call(bearer, "sts", "GetCallerIdentity", json!({})).err();
            assert_eq!((refused.code.as_str(), refused.status), ("InvalidClientTokenId", 403));
        }
    }

    mod failing {
        use kage_core::{Call, DenialStyle, Error, Job, JobHandler, Result, Service, Tx};
        use kage_schema::Timestamp;
        use serde_json::Value;
        use std::sync::atomic::{AtomicU32, Ordering};

        static RUNS: AtomicU32 = AtomicU32::new(0);

        fn fail(_: &Call<'_>, _: &mut Tx, _: &Value) -> Result<()> {
            RUNS.fetch_add(1, Ordering::Relaxed);
            Err(Error::internal("never"))
        }

        fn service() -> Service {
            Service {
                models: &[],
                event_source: "test.amazonaws.com",
                global: false,
                denial: DenialStyle::AccessDenied,
                validation_code: "ValidationError",
                validation_first: false,
                operations: Vec::new(),
                jobs: vec![JobHandler { kind: "test.fail", principal: "test.amazonaws.com", run: fail }],
            }
        }

        #[test]
        fn a_job_that_always_fails_is_tried_ever_less_often() {
            const DAY: i64 = 86_400_000;
            let world = kage_test::World::new(vec![service()]);
            let (account, region) = (kage_test::MANAGEMENT.to_owned(), "us-east-1".to_owned());
            let job = Job { kind: "test.fail".to_owned(), account, region, payload: Value::Null };
            world.write(|tx| tx.schedule(Timestamp(world.now()), &job));
            world.advance(59_000);
            assert_eq!(RUNS.load(Ordering::Relaxed), 1);
            world.advance(1_000);
            assert_eq!(RUNS.load(Ordering::Relaxed), 2, "a minute later");
            world.advance(365 * DAY);
            let runs = RUNS.load(Ordering::Relaxed);
            assert!((370..380).contains(&runs), "once a day in the end, never given up: {runs}");
        }
    }
}
