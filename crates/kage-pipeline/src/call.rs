//! Steps 4 to 9 of one call: decode, resolve, authorize, run, record, commit.

use crate::answer;
use crate::authenticate::Identified;
use crate::decisions::{Judgements, Remembered};
use crate::denial;
use crate::denials;
use crate::ingest;
use crate::judge::{Judge, Verdict};
use crate::live;
use crate::pipeline::Pipeline;
use crate::receive::{Answer, Head};
use crate::registry::Entry;
use crate::route::Routed;
use crate::touched;
use kage_core::{Actor, Call, Delivery, DenialStyle, Errand, Error, Handler, Later, Origin, Tx};
use kage_record::{Fact, Outcome, Touched};
use kage_schema::{Body, Flags, Problems, Protocol, Record, Violation, check_limits, validation_message};
use kage_store::Ticket;

/// A request that is complete, routed, and whose signer is known.
pub struct Arrived {
    pub head: Head,
    pub request_id: String,
    pub routed: Routed,
    pub identified: Identified,
    pub bytes: Vec<u8>,
    pub streaming: Option<Body>,
}

/// What the steps leave for the record and for `kage why`.
#[derive(Default)]
pub struct Trail {
    pub touched: Vec<Touched>,
    pub judgements: Judgements,
    pub note: Option<String>,
}

/// Makes the call and answers it.
pub fn make(pipeline: &Pipeline, arrived: Arrived) -> Answer {
    let Arrived { head, request_id, routed, identified, bytes, streaming } = arrived;
    let service = routed.service.name;
    let Some(entry) = pipeline.0.registry.operation(service, &routed.operation) else {
        ingest::discard(pipeline.world(), streaming.as_ref());
        return unmodelled(service, &routed, &request_id);
    };
    let upload = streaming.clone();
    let mut call = new_call(pipeline, &head, &request_id, entry, &identified);
    let decoded = decode(entry, &routed, &head, &bytes, streaming);
    let (tx, outcome, mut trail) = attempt(pipeline, &mut call, entry, &decoded, identified.waived);
    let input = decoded.ok().map(|decoded| decoded.input);
    // Taken while nobody else can write: what the answer names is still there.
    let kept = streams_out(entry).then(|| pipeline.world().store.read());
    let (mut outcome, ticket, later) =
        conclude(pipeline, &call, tx, entry, input.as_deref(), outcome, &mut trail);
    if outcome.is_err() {
        ingest::discard(pipeline.world(), upload.as_ref());
    }
    if let (Some(delivery), Some(ticket), Ok(_)) = (later.delivery, &ticket, &outcome) {
        outcome = deliver(pipeline, &call, entry, ticket, delivery);
    }
    remember(pipeline, &call, &outcome, &trail);
    let mut answer = match outcome {
        Ok(output) => encode(entry, routed.protocol, output.as_ref(), &request_id),
        Err(error) => answer::error(service, routed.protocol, &error, &request_id),
    };
    answer.ticket = ticket;
    answer.kept = kept;
    if head.method == "HEAD" {
        answer.response.body = Body::Empty;
    }
    answer
}

/// Whether the answer's body may be read from the body store.
fn streams_out(entry: Entry<'_>) -> bool {
    entry.handler.model().output.payload().is_some_and(|(_, member)| member.has(Flags::STREAMING))
}

/// Makes the call until it does not ask to wait any more.
fn attempt(
    pipeline: &Pipeline,
    call: &mut Call<'_>,
    entry: Entry<'_>,
    decoded: &Result<Decoded, Error>,
    waived: bool,
) -> (Tx, Answered, Trail) {
    let began = pipeline.world().clock.wall();
    let mut last = false;
    loop {
        let moment = pipeline.0.wakes.moment();
        let mut trail = Trail::default();
        let mut tx = Tx::new(pipeline.world().store.begin());
        let outcome = match decoded {
            Ok(decoded) => judge_and_run(pipeline, call, &mut tx, entry, decoded, waived, &mut trail),
            Err(error) => Err(again(error)),
        };
        let Some(wait) = tx.take_wait().filter(|_| outcome.is_ok() && !last) else {
            return (tx, outcome, trail);
        };
        // Nothing of this try is kept, and others may write meanwhile.
        drop(tx);
        let patience = i64::try_from(wait.patience_ms).unwrap_or(i64::MAX);
        last = !pipeline.0.wakes.wait(pipeline.world(), &wait, moment, began.plus_ms(patience));
        call.now = pipeline.world().clock.now();
    }
}

/// The step between commit and encode, for operations that answer from outside.
fn deliver(
    pipeline: &Pipeline,
    call: &Call<'_>,
    entry: Entry<'_>,
    ticket: &Ticket,
    delivery: Delivery,
) -> Answered {
    ticket.wait()?;
    let actor = Actor {
        principal: entry.service.event_source.to_owned(),
        account: call.account.clone(),
        region: call.region.clone(),
        service: call.service,
        operation: call.operation,
        request_id: call.request_id.clone(),
    };
    delivery(&Errand::new(pipeline.world(), actor, pipeline))
}

fn unmodelled(service: &str, routed: &Routed, request_id: &str) -> Answer {
    answer::error(service, routed.protocol, &answer::not_implemented(service, &routed.operation), request_id)
}

fn new_call<'w>(
    pipeline: &'w Pipeline,
    head: &Head,
    request_id: &str,
    entry: Entry<'_>,
    identified: &Identified,
) -> Call<'w> {
    let region = if entry.service.global { None } else { identified.region.clone() };
    let (authentication, version) = match head.origin.authentication {
        // A form says itself how it was signed.
        Some(kind) => (Some(kind), head.origin.signature_version),
        None => signing(head),
    };
    Call {
        world: pipeline.world(),
        road: pipeline,
        caller: identified.caller.clone(),
        account: if identified.caller.is_anonymous() {
            String::new()
        } else {
            identified.caller.account.clone()
        },
        region: region.unwrap_or_else(|| "us-east-1".to_owned()),
        service: entry.model,
        operation: entry.handler.model(),
        request_id: request_id.to_owned(),
        now: pipeline.world().clock.now(),
        origin: Origin {
            authentication,
            signature_version: version,
            headers: head.text_headers(),
            query: head.query.clone(),
            ..head.origin.clone()
        },
        called_via: Vec::new(),
        source_arn: None,
        source_account: None,
    }
}

fn signing(head: &Head) -> (Option<&'static str>, Option<&'static str>) {
    let algorithm =
        head.header("authorization").map(str::to_owned).or_else(|| head.parameter("X-Amz-Algorithm"));
    let version = algorithm.map(|text| if text.starts_with("AWS4-ECDSA") { "SigV4A" } else { "SigV4" });
    let place = if head.header("authorization").is_some() { "AuthHeader" } else { "QueryString" };
    (version.map(|_| place), version)
}

/// An input, and what breaks the model's limits in it.
pub struct Decoded {
    pub input: Box<dyn Record>,
    pub violations: Vec<Violation>,
    /// Whether a required member is missing: then nothing can be resolved.
    pub incomplete: bool,
}

fn decode(
    entry: Entry<'_>,
    routed: &Routed,
    head: &Head,
    bytes: &[u8],
    streaming: Option<Body>,
) -> Result<Decoded, Error> {
    let headers = head.text_headers();
    let request = kage_wire::Request {
        method: &head.method,
        path: &routed.path,
        query: &head.query,
        headers: &headers,
        body: bytes,
        streaming,
    };
    let mut input = entry.handler.new_input();
    let mut problems = Problems::new();
    kage_wire::read_input(
        routed.protocol,
        entry.model,
        entry.handler.model(),
        &request,
        input.as_mut(),
        &mut problems,
    )
    .map_err(unreadable)?;
    Ok(validated(input, problems))
}

/// The error of an input that cannot be read, which is said anew for every try.
fn again(error: &Error) -> Error {
    let extra = error.extra.clone();
    Error { extra, ..Error::new(error.code.clone(), error.status, error.message.clone()) }
}

fn unreadable(error: kage_wire::ReadError) -> Error {
    let refused = Error::new(error.code, error.status, error.message);
    error.extra.into_iter().fold(refused, |refused, (name, value)| refused.with(name, value))
}

/// Checks an input against the limits of its model.
pub fn validated(input: Box<dyn Record>, problems: Problems) -> Decoded {
    let incomplete = !problems.violations.is_empty();
    let mut violations = problems.violations;
    let missing: Vec<String> = violations.iter().map(|violation| violation.path.clone()).collect();
    let mut broken = Vec::new();
    check_limits(input.as_ref(), &mut broken);
    // A member that is not there stands as an empty value, which breaks no limit of its own.
    let is_missing = |path: &str| {
        let inside = |of: &String| {
            path.strip_prefix(of.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        missing.iter().any(inside)
    };
    violations.extend(broken.into_iter().filter(|violation| !is_missing(&violation.path)));
    Decoded { input, violations, incomplete }
}

type Answered = Result<Box<dyn Record>, Error>;

/// Steps 5 to 7. Used for calls from outside and for calls of other services alike.
pub fn judge_and_run(
    pipeline: &Pipeline,
    call: &Call<'_>,
    tx: &mut Tx,
    entry: Entry<'_>,
    decoded: &Decoded,
    waived: bool,
    trail: &mut Trail,
) -> Answered {
    let invalid = |violations: &[Violation]| {
        entry
            .handler
            .refuse(violations)
            .unwrap_or_else(|| Error::new(entry.service.validation_code, 400, validation_message(violations)))
    };
    let broken = !decoded.violations.is_empty();
    if broken && (entry.service.validation_first || decoded.incomplete) {
        return Err(invalid(&decoded.violations));
    }
    let prepared = entry.handler.prepare(call, tx, decoded.input.as_ref())?;
    trail.touched = touched::of(call, &prepared.access, entry.handler.recording());
    let headers = prepared.access.denial_headers.clone();
    let allowed = if waived {
        trail.note = Some("`--auth open` let these credentials pass without judging them".to_owned());
        Judge::waive(prepared)
    } else {
        let (verdict, judgements) = pipeline.0.judge.judge(call, tx.reads(), prepared)?;
        trail.judgements = judgements;
        match verdict {
            Verdict::Allowed(allowed) => allowed,
            Verdict::Denied(position) => {
                let error = denied(call, tx, entry, trail, position);
                return Err(headers
                    .into_iter()
                    .fold(error, |error, (name, value)| error.header(name, value)));
            }
        }
    };
    if broken {
        return Err(invalid(&decoded.violations));
    }
    entry.handler.run(call, tx, allowed.into_prepared(), decoded.input.as_ref())
}

fn denied(call: &Call<'_>, tx: &Tx, entry: Entry<'_>, trail: &Trail, position: usize) -> Error {
    match trail.judgements.0.get(position) {
        Some(judgement) => denial::error(call, tx.reads(), entry.service.denial, judgement),
        None => Error::internal("a denial without a judgement"),
    }
}

/// Steps 8 and 9: the record joins the change, or stands alone when the call failed.
fn conclude(
    pipeline: &Pipeline,
    call: &Call<'_>,
    mut tx: Tx,
    entry: Entry<'_>,
    input: Option<&dyn Record>,
    outcome: Answered,
    trail: &mut Trail,
) -> (Answered, Option<Ticket>, Later) {
    let mut records = tx.take_records();
    let mut later = tx.take_later();
    trail.judgements.add(tx.take_judgements());
    records.extend(record(call, entry, input, &outcome, &trail.touched));
    let mut tx = if outcome.is_err() {
        // A refused call leaves its records and nothing else (law 3).
        later = Later::default();
        drop(tx);
        Tx::new(pipeline.world().store.begin())
    } else {
        tx
    };
    let written = kage_record::append(&mut tx, &records).and_then(|()| {
        // A refused call was signed too (AWS: IAM API reference, AccessKeyLastUsed: "used to sign an AWS request").
        crate::last_used::note(call, &mut tx)?;
        if trail.judgements.refused() {
            denials::keep(&mut tx, &call.request_id, &remembered(call, &outcome, trail))?;
        }
        later.wakes.append(&mut tx.take_later().wakes);
        Ok(tx.into_inner().commit()?)
    });
    match written {
        Ok(ticket) => {
            pipeline.0.wakes.wake(std::mem::take(&mut later.wakes));
            (outcome, Some(ticket), later)
        }
        // What cannot be recorded did not happen.
        Err(error) => (Err(error), None, Later::default()),
    }
}

/// The CloudTrail events of a call.
pub fn record(
    call: &Call<'_>,
    entry: Entry<'_>,
    input: Option<&dyn Record>,
    outcome: &Answered,
    touched: &[Touched],
) -> Vec<(String, serde_json::Value)> {
    let code = outcome.as_ref().err().map(|error| recorded_code(entry.service.denial, error));
    let outcome = match (outcome, &code) {
        (Err(error), Some(code)) => Outcome::Failure { code, message: &error.message },
        (Ok(output), _) => Outcome::Success(output.as_ref()),
        (Err(error), None) => Outcome::Failure { code: &error.code, message: &error.message },
    };
    let mut events = kage_record::build(
        call,
        &Fact {
            source: entry.service.event_source,
            global: entry.service.global,
            handler: Some(entry.handler as &dyn Handler),
            name: entry.handler.model().name,
            input,
            outcome,
            touched,
        },
    );
    // S3's events tell the extended request id, which only the wire knows.
    for (_, event) in &mut events {
        if let Some(data) = event.get_mut("additionalEventData").and_then(|data| data.as_object_mut())
            && entry.service.denial == DenialStyle::S3
        {
            data.insert("x-amz-id-2".to_owned(), kage_wire::host_id(&call.request_id).into());
        }
    }
    events
}

/// The code as CloudTrail writes it: EC2 says whose fault it is, KMS drops the word Exception from a denial.
/// AWS: CloudTrail and KMS user guides, example records.
fn recorded_code(style: DenialStyle, error: &Error) -> String {
    match style {
        DenialStyle::UnauthorizedOperation if error.status < 500 => format!("Client.{}", error.code),
        DenialStyle::UnauthorizedOperation => format!("Server.{}", error.code),
        _ if error.code == "AccessDeniedException" => "AccessDenied".to_owned(),
        _ => error.shape.unwrap_or(&error.code).to_owned(),
    }
}

fn remember(pipeline: &Pipeline, call: &Call<'_>, outcome: &Answered, trail: &Trail) {
    pipeline.0.decisions.remember(&call.request_id, remembered(call, outcome, trail));
}

fn remembered(call: &Call<'_>, outcome: &Answered, trail: &Trail) -> Remembered {
    let outcome = match outcome {
        Ok(_) => "worked".to_owned(),
        Err(error) => format!("{}: {}", error.code, error.message),
    };
    let caller = if call.caller.is_anonymous() { "anonymous".to_owned() } else { call.caller.arn.clone() };
    Remembered {
        call: format!("{} {}", call.service.name, call.operation.name),
        caller,
        time: call.now.iso8601(),
        outcome,
        judgements: trail.judgements.clone(),
        note: trail.note.clone(),
    }
}

fn encode(entry: Entry<'_>, protocol: Protocol, output: &dyn Record, request_id: &str) -> Answer {
    match kage_wire::write_output(protocol, entry.model, entry.handler.model(), output, request_id) {
        Ok(mut response) => {
            live::prepare(&mut response, protocol, output);
            // RFC 9110, section 15.3.7: an answer with a Content-Range is partial. The model has no word for it.
            let partial = |(name, _): &(String, String)| name.eq_ignore_ascii_case("content-range");
            if response.status == 200 && response.headers.iter().any(partial) {
                response.status = 206;
            }
            Answer { response, ticket: None, request_id: request_id.to_owned(), kept: None }
        }
        Err(error) => {
            let error = Error::internal(format!("the answer could not be written: {error}"));
            answer::error(entry.model.name, protocol, &error, request_id)
        }
    }
}
