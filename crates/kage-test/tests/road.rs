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
        let refused = world.call(&world.admin(), "iam", "CreateUser", json!({"UserName": "b o b"})).err();
        assert_eq!((refused.code.as_str(), refused.status), ("ValidationError", 400));
        assert!(
            refused.message.starts_with("1 validation error detected: Value 'b o b' at 'userName'"),
            "{}",
            refused.message
        );
        let incomplete = world.call(&world.admin(), "iam", "CreateUser", json!({})).err();
        assert_eq!(incomplete.code, "ValidationError");
        assert!(incomplete.message.contains("Member must not be null"), "{}", incomplete.message);
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
        let why = world.pipeline.why(&latest(&world)).unwrap();
        let text = why.render();
        assert!(
            text.contains("Or meet the condition of statement OnlyEu of p (line 1): StringEquals aws:RequestedRegion [eu-west-1], seen: us-east-1."),
            "{text}"
        );
        let program = serde_json::to_value(&why).unwrap();
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
        let why = serde_json::to_value(world.pipeline.why(&request).unwrap()).unwrap();
        assert_eq!(why["evaluations"][0]["decision"]["effect"], "ALLOW");
    }
}
