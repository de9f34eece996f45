//! A double in this process.

use crate::form::{parse, push, typed};
use crate::http::HttpRequest;
use crate::rest;
use kage_core::{Clock, ClockState, Outside, Service, Tx};
use kage_identity::{credentials, genesis, sessions};
use kage_pipeline::{Auth, LiveReader, Options, Pipeline};
use kage_schema::{Protocol, ServiceModel, Timestamp};
use kage_wire::event_stream::Frame;
use serde_json::{Value, json};

/// A fresh double with a management account, its clock standing still.
pub struct World {
    /// The road.
    pub pipeline: Pipeline,
    models: Vec<&'static ServiceModel>,
    accounts: u64,
}

/// Credentials to call with.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The access key id.
    pub key: String,
    /// The secret access key.
    pub secret: String,
    /// The session token of temporary credentials.
    pub token: Option<String>,
}

/// An error answer.
#[derive(Debug)]
pub struct Failure {
    /// Its code on the wire.
    pub code: String,
    /// Its text.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
}

/// What a call came to.
#[derive(Debug)]
#[must_use = "say what is expected: ok(), err() or code()"]
pub struct Answered(Result<Value, Failure>);

impl Answered {
    /// The output of a call that must have worked.
    ///
    /// # Panics
    /// When it failed.
    #[track_caller]
    pub fn ok(self) -> Value {
        self.0.unwrap_or_else(|failure| panic!("the call failed: {failure:?}"))
    }
    /// The code of a failure.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.as_ref().err().map(|failure| failure.code.as_str())
    }
    /// The failure of a call that must have failed.
    ///
    /// # Panics
    /// When it worked.
    #[track_caller]
    pub fn err(self) -> Failure {
        match self.0 {
            Ok(value) => panic!("the call worked: {value}"),
            Err(failure) => failure,
        }
    }
}

/// The management account.
pub const MANAGEMENT: &str = genesis::MANAGEMENT_ACCOUNT;
/// 2026-01-02T03:04:05Z.
const START: i64 = 1_767_323_045_000;

impl World {
    /// A double with these services.
    #[must_use]
    pub fn new(services: Vec<Service>) -> World {
        World::with_outside(services, Outside::default())
    }

    /// A double with these services and these doors to the outside.
    #[must_use]
    pub fn with_outside(services: Vec<Service>, outside: Outside) -> World {
        let clock = Clock::new(ClockState::Frozen { at_ms: START });
        let world =
            kage_core::World::new(kage_store::Store::ephemeral(), clock, Some(1)).with_outside(outside);
        let models = services.iter().flat_map(|service| service.models.iter().copied()).collect();
        let pipeline = Pipeline::new(world, services, Options { auth: Auth::Strict });
        let world = World { pipeline, models, accounts: 222_222_222_222 };
        world.write(|tx| genesis::create(tx, world.pipeline.world()));
        world
    }

    /// Writes to the store behind the pipeline's back.
    pub fn write<T>(&self, change: impl FnOnce(&mut Tx) -> kage_core::Result<T>) -> T {
        let mut tx = Tx::new(self.pipeline.world().store.begin());
        let out = change(&mut tx).unwrap();
        tx.into_inner().commit().unwrap().wait().unwrap();
        out
    }

    /// The double's time in milliseconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.pipeline.world().clock.now().milliseconds()
    }

    /// Moves the double's clock, running the jobs that come due.
    pub fn advance(&self, ms: i64) {
        let to = Timestamp(self.now() + ms);
        self.pipeline.advance_clock(to).expect("the clock moves");
    }

    fn first_key(&self, account: &str, user: Option<&str>) -> Caller {
        let keys = self.write(|tx| credentials::list(tx.reads(), account, user));
        Caller { key: keys[0].id.clone(), secret: keys[0].secret.clone(), token: None }
    }

    /// The administrator of the management account.
    #[must_use]
    pub fn admin(&self) -> Caller {
        self.first_key(MANAGEMENT, Some("admin"))
    }

    /// The root user of the management account.
    pub fn root(&self) -> Caller {
        self.write(|tx| genesis::create_key(tx, self.pipeline.world(), MANAGEMENT, None));
        self.first_key(MANAGEMENT, None)
    }

    /// A new account outside the organization: its id and its administrator.
    pub fn account(&mut self) -> (String, Caller) {
        let id = self.accounts.to_string();
        self.accounts += 1;
        self.write(|tx| {
            let world = self.pipeline.world();
            genesis::create_account(tx, world, &id, &id, "a@example.com")?;
            genesis::create_administrator(tx, world, &id)
        });
        let admin = self.first_key(&id, Some("admin"));
        (id, admin)
    }

    /// A user with one access key.
    pub fn user(&self, admin: &Caller, name: &str) -> Caller {
        self.call(admin, "iam", "CreateUser", json!({"UserName": name})).ok();
        let key = self.call(admin, "iam", "CreateAccessKey", json!({"UserName": name})).ok();
        let text = |member: &str| key["AccessKey"][member].as_str().unwrap().to_owned();
        Caller { key: text("AccessKeyId"), secret: text("SecretAccessKey"), token: None }
    }

    /// A session as STS would make one for this bearer.
    pub fn session(&self, caller: kage_core::Caller, mfa: bool) -> Caller {
        let now = self.now();
        let key = self.pipeline.world().ids().principal_id("ASIA", &caller.account);
        let session = kage_core::Session {
            issued: now,
            expires: now + 3_600_000,
            mfa_at: mfa.then_some(now),
            ..kage_core::Session::default()
        };
        let stored = sessions::StoredSession {
            access_key: key.clone(),
            secret: "secret".to_owned(),
            token: "token".to_owned(),
            caller: kage_core::Caller { access_key: Some(key.clone()), session: Some(session), ..caller },
            expires: now + 3_600_000,
        };
        self.write(|tx| sessions::put(tx, &stored));
        Caller { key, secret: "secret".to_owned(), token: Some("token".to_owned()) }
    }

    /// CloudTrail's management events of an account, oldest first.
    pub fn events(&self, account: &str) -> Vec<Value> {
        let stream = kage_record::stream_name(account, "us-east-1", true);
        let stored = self.write(|tx| kage_record::read(tx.reads(), &stream, 0, 10_000));
        stored.into_iter().map(|stored| stored.event).collect()
    }

    /// Makes a signed call in the service's own protocol (JSON, query or REST-JSON). Members have their names of the model;
    /// a payload that is no JSON (a zip, a Lambda event) is given and answered as text.
    #[track_caller]
    pub fn call(&self, caller: &Caller, service: &str, operation: &str, input: Value) -> Answered {
        self.call_in(caller, "us-east-1", service, operation, &input)
    }

    /// The same in another Region.
    #[track_caller]
    pub fn call_in(
        &self,
        caller: &Caller,
        region: &str,
        service: &str,
        operation: &str,
        input: &Value,
    ) -> Answered {
        let model =
            self.models.iter().find(|model| model.name == service).expect("the service is in this world");
        if model.protocols.first() == Some(&Protocol::RestJson) {
            return self.call_rest(caller, region, model, operation, input);
        }
        let is_form = matches!(model.protocols.first(), Some(Protocol::Query | Protocol::Ec2Query));
        if is_form
            && !model
                .protocols
                .iter()
                .any(|protocol| matches!(protocol, Protocol::AwsJson10 | Protocol::AwsJson11))
        {
            return self.call_form(caller, region, model, operation, input);
        }
        let target = format!("{}.{operation}", model.target_prefix.unwrap_or_default());
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let line = RequestLine { method: "POST", path: "/", query: "" };
        let Reply { status, text, .. } =
            self.send(caller, region, model.signing_name, line, &headers, &input.to_string());
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if status >= 300 {
            let code = value["__type"].as_str().unwrap_or_default();
            return Answered(Err(failure(code, &value, status)));
        }
        Answered(Ok(value))
    }

    /// Makes a call of a JSON service that answers with an event stream.
    ///
    /// # Panics
    /// When the answer is no event stream.
    #[track_caller]
    pub fn listen(&self, caller: &Caller, service: &str, operation: &str, input: &Value) -> Events {
        let found = self.models.iter().find(|model| model.name == service);
        let model = found.expect("the service is in this world");
        let target = format!("{}.{operation}", model.target_prefix.unwrap_or_default());
        let headers = [("content-type", "application/x-amz-json-1.1"), ("x-amz-target", target.as_str())];
        let line = RequestLine { method: "POST", path: "/", query: "" };
        let reply = self.send(caller, "us-east-1", model.signing_name, line, &headers, &input.to_string());
        let text = reply.text;
        Events(reply.live.unwrap_or_else(|| panic!("{operation} answered no event stream: {text}")))
    }

    #[track_caller]
    fn call_rest(
        &self,
        caller: &Caller,
        region: &str,
        model: &ServiceModel,
        operation: &str,
        input: &Value,
    ) -> Answered {
        let model_of = model.operations.iter().find(|known| known.name == operation);
        let known = model_of.expect("the operation has types");
        let request = rest::request(known, input);
        let headers: Vec<(&str, &str)> =
            request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let line = RequestLine { method: known.http.method, path: &request.path, query: &request.query };
        let reply = self.send(caller, region, model.signing_name, line, &headers, &request.body);
        if reply.status >= 300 {
            let value: Value = serde_json::from_str(&reply.text).unwrap_or(Value::Null);
            let code = reply.header("x-amzn-errortype").unwrap_or_default();
            return Answered(Err(failure(code, &value, reply.status)));
        }
        Answered(Ok(rest::answer(known, &reply)))
    }

    #[track_caller]
    fn call_form(
        &self,
        caller: &Caller,
        region: &str,
        model: &ServiceModel,
        operation: &str,
        input: &Value,
    ) -> Answered {
        let is_ec2 = model.protocols.first() == Some(&Protocol::Ec2Query);
        let mut form = format!("Action={operation}&Version={}", model.api_version);
        push(&mut form, "", input);
        let headers = [("content-type", "application/x-www-form-urlencoded; charset=utf-8")];
        let line = RequestLine { method: "POST", path: "/", query: "" };
        let Reply { status, text, .. } = self.send(caller, region, model.signing_name, line, &headers, &form);
        let root = parse(&text);
        if status >= 300 {
            let error =
                root.child("Error").or_else(|| root.child("Errors").and_then(|errors| errors.child("Error")));
            let error = error.unwrap_or_else(|| panic!("no error: {text}"));
            let member = |name: &str| error.child(name).map(|found| found.text.clone()).unwrap_or_default();
            return Answered(Err(Failure { code: member("Code"), message: member("Message"), status }));
        }
        let model =
            model.operations.iter().find(|model| model.name == operation).expect("the operation has types");
        if is_ec2 {
            // EC2 has no wrapper: the answer's members stand beside the id of the request.
            return Answered(Ok(typed(model.output, &root.without("requestId"))));
        }
        let result = root.child(&format!("{operation}Result"));
        Answered(Ok(result.map_or_else(|| json!({}), |result| typed(model.output, result))))
    }

    fn send(
        &self,
        caller: &Caller,
        region: &str,
        service: &str,
        line: RequestLine<'_>,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let target = match line.query {
            "" => line.path.to_owned(),
            query => format!("{}?{query}", line.path),
        };
        let request = HttpRequest {
            region,
            service,
            method: line.method,
            target: &target,
            headers,
            body: body.as_bytes(),
        };
        let reply = self.http(Some(caller), &request);
        let text = reply.text();
        Reply { status: reply.status, headers: reply.headers, text, live: reply.live }
    }
}

/// The events of a live answer.
pub struct Events(LiveReader);

impl Events {
    /// The next event: its type and its document. `None` at the end, or when the stream says that it waits.
    ///
    /// # Panics
    /// When a frame cannot be read.
    pub fn next_event(&mut self) -> Option<(String, Value)> {
        let bytes = self.0.next_frame().filter(|bytes| !bytes.is_empty())?;
        let (frame, _) = Frame::decode(&bytes).expect("a frame").expect("a whole frame");
        let kind = [":event-type", ":exception-type", ":error-code"].iter().find_map(|name| frame.text(name));
        let document = serde_json::from_slice(&frame.payload).unwrap_or(Value::Null);
        Some((kind.unwrap_or_default().to_owned(), document))
    }
}

fn failure(code: &str, value: &Value, status: u16) -> Failure {
    // `com.amazonaws…#Code` in JSON, `Code:http://…` in a header.
    let code = code.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
    let message = value["message"].as_str().or(value["Message"].as_str()).unwrap_or_default().to_owned();
    Failure { code, message, status }
}

/// Method, raw path and raw query of a request.
#[derive(Clone, Copy)]
struct RequestLine<'a> {
    method: &'a str,
    path: &'a str,
    query: &'a str,
}

/// A raw answer.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) live: Option<LiveReader>,
}

impl Reply {
    /// The value of a header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }
}
