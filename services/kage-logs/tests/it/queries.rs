//! Insights queries.

use crate::kit::{DAY, Logs};
use serde_json::{Value, json};

impl Logs {
    fn start(&self, query: &str, more: Value) -> kage_test::Answered {
        let now = self.world.now() / 1_000;
        let mut input =
            json!({"logGroupName": "g", "queryString": query, "startTime": now - 3_600, "endTime": now});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        self.call("StartQuery", input)
    }

    /// The results of a query, each row as one object, without `@ptr`.
    fn query(&self, query: &str) -> Vec<Value> {
        let id = self.start(query, json!({})).ok()["queryId"].clone();
        self.world.advance(0);
        let answer = self.ok("GetQueryResults", json!({"queryId": id}));
        assert_eq!(answer["status"], "Complete");
        rows(&answer)
    }
}

fn rows(answer: &Value) -> Vec<Value> {
    let row = |row: &Value| {
        let fields = row.as_array().unwrap().iter();
        let named = fields.map(|field| (field["field"].as_str().unwrap().to_owned(), field["value"].clone()));
        Value::Object(named.filter(|(name, _)| name != "@ptr").collect())
    };
    answer["results"].as_array().unwrap().iter().map(row).collect()
}

#[test]
fn queries_compute_over_events() {
    // claims: LOG-CWLOGS-02
    let logs = Logs::new();
    logs.ok("CreateLogStream", json!({"logGroupName": "g", "logStreamName": "t"}));
    logs.put(&[(-60_000, r#"{"who":"ann","ms":10}"#), (-50_000, r#"{"who":"bob","ms":30}"#)]);
    logs.put_to("t", &[(-7_200_000, "too old"), (-55_000, r#"{"who":"ann","ms":20}"#)]);
    let found = logs.query("stats count(*) as n, avg(ms) as mean by who | sort n desc");
    assert_eq!(found[0], json!({"who": "ann", "n": "2", "mean": "15"}));
    let found = logs.query("fields @logStream, @log, who | filter who = 'ann'");
    let log = "111111111111:g";
    assert_eq!(
        found,
        [
            json!({"@logStream": "t", "@log": log, "who": "ann"}),
            json!({"@logStream": "s", "@log": log, "who": "ann"})
        ]
    );
    let found = logs.query("filter @message like /bob/");
    assert_eq!(
        found,
        [json!({"@timestamp": "2026-01-02 03:03:15.000", "@message": r#"{"who":"bob","ms":30}"#})]
    );
}

#[test]
fn a_query_runs_is_described_and_forgotten() {
    let logs = Logs::new();
    logs.put(&[(-3_000, "one"), (-2_000, "two"), (-1_000, "three")]);
    let id = logs.start("fields @message", json!({"limit": 2})).ok()["queryId"].clone();
    let get = |more: Value| {
        let mut input = json!({"queryId": id});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        logs.ok("GetQueryResults", input)
    };
    assert_eq!((&get(json!({}))["status"], &get(json!({}))["results"]), (&json!("Running"), &json!([])));
    logs.world.advance(0);
    let answer = get(json!({"maxItems": 1}));
    assert_eq!(rows(&answer), [json!({"@message": "three"})]);
    let statistics = json!({
        "recordsMatched": 3.0, "recordsScanned": 3.0, "bytesScanned": 11.0, "estimatedRecordsSkipped": 0.0,
        "estimatedBytesSkipped": 0.0, "logGroupsScanned": 1.0,
    });
    assert_eq!((&answer["statistics"], &answer["status"]), (&statistics, &json!("Complete")));
    let next = get(json!({"nextToken": answer["nextToken"]}));
    assert_eq!((rows(&next), next.get("nextToken")), (vec![json!({"@message": "two"})], None));
    let pointer = next["results"][0].as_array().unwrap().last().unwrap().clone();
    assert_eq!(pointer["field"], "@ptr");
    let record = logs.ok("GetLogRecord", json!({"logRecordPointer": pointer["value"]}))["logRecord"].clone();
    assert_eq!(
        (&record["@message"], &record["@logStream"], &record["@ptr"]),
        (&json!("two"), &json!("s"), &pointer["value"])
    );
    assert_eq!(
        logs.call("GetLogRecord", json!({"logRecordPointer": "x"})).err().code,
        "InvalidParameterException"
    );
    let listed =
        logs.ok("DescribeQueries", json!({"logGroupName": "g", "status": "Complete"}))["queries"].clone();
    let now = logs.world.now() / 1_000;
    let text = format!("SOURCE \"g\" START={}000 END={now}999 | fields @message", now - 3_600);
    assert_eq!(
        listed,
        json!([{"createTime": logs.world.now(), "logGroupName": "g", "queryId": id, "queryLanguage": "CWLI", "queryString": text, "status": "Complete"}])
    );
    assert_eq!(logs.ok("DescribeQueries", json!({"status": "Scheduled"}))["queries"], json!([]));
    assert_eq!(logs.call("StopQuery", json!({"queryId": id})).err().code, "InvalidParameterException");
    let other = logs.start("fields @message", json!({})).ok()["queryId"].clone();
    assert_eq!(logs.ok("StopQuery", json!({"queryId": other}))["success"], true);
    logs.world.advance(0);
    let stopped = logs.ok("GetQueryResults", json!({"queryId": other}));
    assert_eq!((&stopped["status"], &stopped["results"]), (&json!("Cancelled"), &json!([])));
    logs.world.advance(7 * DAY + 1);
    logs.fails(
        "GetQueryResults",
        json!({"queryId": id}),
        "ResourceNotFoundException",
        "The specified query does not exist.",
    );
}

#[test]
fn queries_that_are_refused() {
    let logs = Logs::new();
    let failure = logs.start("nonsense", json!({})).err();
    assert_eq!(
        (failure.code.as_str(), failure.message.as_str()),
        ("MalformedQueryException", "unexpected symbol found nonsense at line 1 and position 1")
    );
    for (query, more, code) in [
        ("fields @message", json!({"startTime": 2, "endTime": 1}), "MalformedQueryException"),
        ("fields @message", json!({"logGroupNames": ["g"]}), "InvalidParameterException"),
        ("fields @message", json!({"queryLanguage": "SQL"}), "NotImplemented"),
        ("unmask @message", json!({}), "NotImplemented"),
        ("fields @message", json!({"logGroupName": "no"}), "ResourceNotFoundException"),
    ] {
        assert_eq!(logs.start(query, more).err().code, code, "{query}");
    }
    let failure = logs.start("fields a", json!({"logGroupName": "no"})).err();
    assert_eq!(failure.message, "Log group 'no' does not exist for account ID '111111111111'");
    let bob = logs.world.user(&logs.admin, "bob");
    let now = logs.world.now() / 1_000;
    for (operation, input) in [
        (
            "StartQuery",
            json!({"logGroupName": "g", "queryString": "fields a", "startTime": now - 1, "endTime": now}),
        ),
        ("GetQueryResults", json!({"queryId": "x"})),
        ("StopQuery", json!({"queryId": "x"})),
        ("DescribeQueries", json!({})),
        ("GetLogGroupFields", json!({"logGroupName": "g"})),
        ("PutQueryDefinition", json!({"name": "n", "queryString": "fields a"})),
        ("DescribeQueryDefinitions", json!({})),
        ("DeleteQueryDefinition", json!({"queryDefinitionId": "x"})),
    ] {
        let denied = logs.world.call(&bob, "logs", operation, input).err();
        assert_eq!(denied.code, "AccessDeniedException", "{operation}");
    }
}

#[test]
fn queries_are_saved_and_fields_discovered() {
    let logs = Logs::new();
    let saved = json!({"name": "n", "queryString": "fields @message", "logGroupNames": ["g"]});
    let id = logs.ok("PutQueryDefinition", saved)["queryDefinitionId"].clone();
    let changed = json!({"name": "n2", "queryString": "fields a", "queryDefinitionId": id});
    assert_eq!(logs.ok("PutQueryDefinition", changed)["queryDefinitionId"], id);
    let shown =
        logs.ok("DescribeQueryDefinitions", json!({"queryDefinitionNamePrefix": "n"}))["queryDefinitions"]
            .clone();
    assert_eq!(
        shown,
        json!([{"queryLanguage": "CWLI", "queryDefinitionId": id, "name": "n2", "queryString": "fields a", "lastModified": logs.world.now()}])
    );
    assert_eq!(logs.ok("DeleteQueryDefinition", json!({"queryDefinitionId": id}))["success"], true);
    assert_eq!(
        logs.call("DeleteQueryDefinition", json!({"queryDefinitionId": id})).err().code,
        "ResourceNotFoundException"
    );
    logs.put(&[(-3_000, r#"{"a":{"b":1}}"#), (-2_000, r#"{"c":2}"#)]);
    let fields = logs.ok("GetLogGroupFields", json!({"logGroupName": "g"}))["logGroupFields"].clone();
    let percent = |name: &str| {
        let all = fields.as_array().unwrap();
        all.iter().find(|field| field["name"] == name).map(|field| field["percent"].as_i64().unwrap())
    };
    assert_eq!(
        (percent("@message"), percent("a.b"), percent("c"), percent("a")),
        (Some(100), Some(50), Some(50), None)
    );
}
