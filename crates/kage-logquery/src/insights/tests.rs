use super::*;
use proptest::prelude::*;

const START: i64 = 1_767_323_000_000;

/// The rows of a query over these messages, one a second, without `@ptr`.
fn run(query: &str, messages: &[&str]) -> Vec<Vec<(String, String)>> {
    let query = Query::parse(query).unwrap();
    let mut run = query.start(None, START);
    for (at, message) in messages.iter().enumerate() {
        let pointer = || format!("p{at}");
        run.see(&LogEvent {
            timestamp: START + 1_000 * at as i64,
            ingested: START,
            message: message.as_bytes(),
            stream: "s",
            log: "111111111111:/aws/lambda/f",
            pointer: &pointer,
        });
    }
    let mut rows = run.finish().rows;
    rows.iter_mut().for_each(|row| row.retain(|(name, _)| name != "@ptr"));
    rows
}

/// The same as lines of `name=value`.
fn lines(query: &str, messages: &[&str]) -> Vec<String> {
    let shown = |row: &Vec<(String, String)>| {
        let fields: Vec<String> = row.iter().map(|(name, value)| format!("{name}={value}")).collect();
        fields.join(" ")
    };
    run(query, messages).iter().map(shown).collect()
}

const CALLS: [&str; 5] = [
    r#"{"user":{"name":"ann","tags":["x","y"]},"ms":10,"ip":"10.0.0.1","ok":true,"method":"GET"}"#,
    r#"{"user":{"name":"bob"},"ms":20,"ip":"10.1.0.1","ok":false,"method":"PUT"}"#,
    r#"{"user":{"name":"ann"},"ms":30.5,"ip":"192.168.0.1","ok":true,"method":"get"}"#,
    r#"{"user":{"name":"eve"},"ip":"fd00::1","method":""}"#,
    "no json: ERROR 42",
];

#[test]
fn newest_first_with_time_and_message() {
    assert_eq!(lines("limit 1", &CALLS), ["@timestamp=2026-01-02 03:03:24.000 @message=no json: ERROR 42"]);
    assert_eq!(lines("fields ms | filter ms > 5 | limit 2", &CALLS), ["ms=30.5", "ms=20"]);
    let all = Query::parse("fields ms").unwrap();
    let mut run = all.start(Some(1), 0);
    let pointer = || "here".to_owned();
    for _ in 0..3 {
        run.see(&LogEvent {
            timestamp: 0,
            ingested: 0,
            message: b"{\"ms\":1}",
            stream: "",
            log: "",
            pointer: &pointer,
        });
    }
    let results = run.finish();
    assert_eq!((results.scanned, results.matched, results.bytes), (3, 3, 24));
    assert_eq!(results.rows, [[("ms".to_owned(), "1".to_owned()), ("@ptr".to_owned(), "here".to_owned())]]);
}

#[test]
fn conditions() {
    for (condition, wanted) in [
        ("user.name = 'ann'", 2),
        ("user.name != \"ann\"", 3),
        ("user.tags.1 = \"y\"", 1),
        ("ms >= 20 and ms < 30", 1),
        ("ms = 10 or ms = 20 or user.name = \"eve\"", 3),
        ("not (ms > 15)", 3),
        ("ispresent(ms)", 3),
        ("not ispresent(ms)", 2),
        ("isempty(method)", 2),
        ("method in [\"GET\", 'PUT']", 2),
        ("method not in [\"GET\", 'PUT']", 3),
        ("@message like \"ERROR\"", 1),
        ("@message like /ERR.R \\d+/", 1),
        ("@message =~ /error/", 0),
        ("@message like /(?i)error/", 1),
        ("@message not like /ERROR/", 4),
        ("isIpInSubnet(ip, \"10.0.0.0/8\")", 2),
        ("isIpv6InSubnet(ip, \"fd00::/8\")", 1),
        ("isValidIpv4(ip)", 3),
        ("ok", 2),
        ("ok = 1", 2),
        ("ok = true", 2),
        ("ms * 2 + 1 > 40 and ms % 2 = 0", 1),
        ("ms ^ 2 = 100", 1),
        ("ms - 5 = 5", 1),
        ("-ms < -15", 2),
        ("strcontains(user.name, \"n\")", 2),
        ("toupper(method) = \"GET\"", 2),
        ("strlen(user.name) = 3 # a comment\n and ms > 25", 1),
        ("@logStream = 's' and @log like '111111111111'", 5),
        ("@timestamp >= 1767323003000", 2),
    ] {
        assert_eq!(lines(&format!("filter {condition}"), &CALLS).len(), wanted, "{condition}");
    }
}

#[test]
fn fields_display_and_functions() {
    let one = &CALLS[..1];
    assert_eq!(lines("fields user.name as who, ms + 1 as more, method", one), ["who=ann more=11 method=GET"]);
    assert_eq!(lines("fields user.name as who | fields ms | display ms, who", one), ["ms=10 who=ann"]);
    assert_eq!(lines("fields ms/4", one), ["ms/4=2.5"]);
    for (call, wanted) in [
        ("concat(user.name, '-', ms)", "ann-10"),
        ("substr(user.name, 1)", "nn"),
        ("substr(user.name, 0, 2)", "an"),
        ("replace(user.name, 'n', 'm')", "amm"),
        ("trim('  x ')", "x"),
        ("ltrim('xxay', 'x')", "ay"),
        ("coalesce(missing, other, ms)", "10"),
        ("greatest(ms, 3, 12)", "12"),
        ("least(ms, 3, 12)", "3"),
        ("floor(2.7) + ceil(2.1) + abs(-1)", "6"),
        ("sqrt(16)", "4"),
        ("now()", "1767323000"),
        ("tomillis(@timestamp)", "1767323000000"),
        ("fromMillis(1767323000000)", "2026-01-02 03:03:20.000"),
        ("datefloor(@timestamp, 1h)", "2026-01-02 03:00:00.000"),
        ("dateceil(@timestamp, 1h)", "2026-01-02 04:00:00.000"),
        ("bin(1d)", "2026-01-02 00:00:00.000"),
        ("ms / 3", "3.3333"),
    ] {
        assert_eq!(lines(&format!("fields {call} as x"), one), [format!("x={wanted}")], "{call}");
    }
    assert_eq!(lines("fields 1/0 as x, ms", one), ["ms=10"]);
}

#[test]
fn parse_by_glob_and_by_regex() {
    let lines_of = |query: &str| lines(query, &["2026 [INFO] user=ann, took 12 ms", "other"]);
    let glob = "parse @message \"[*] user=*, took * ms\" as level, who, ms | filter ispresent(ms) | display level, who, ms";
    assert_eq!(lines_of(glob), ["level=INFO who=ann ms=12"]);
    assert_eq!(
        lines_of("parse '* [*] *' as a, b, c | filter b = 'INFO' | display c"),
        ["c=user=ann, took 12 ms"]
    );
    let regex = "parse @message /user=(?<who>\\w+), took (?<ms>\\d+)/ | filter ms > 10 | fields who";
    // A message that does not match has none of the fields; `ms > 10` drops it.
    assert_eq!(lines_of(regex), ["who=ann ms=12"]);
}

#[test]
fn statistics() {
    // claims: LOG-CWLOGS-02
    assert_eq!(
        lines(
            "stats count(*) as n, sum(ms) as total, avg(ms), min(ms), max(ms) by user.name | sort n desc, user.name",
            &CALLS
        ),
        [
            "user.name=ann n=2 total=40.5 avg(ms)=20.25 min(ms)=10 max(ms)=30.5",
            "n=1",
            "user.name=bob n=1 total=20 avg(ms)=20 min(ms)=20 max(ms)=20",
            "user.name=eve n=1",
        ]
    );
    assert_eq!(
        lines("stats count() by bin(2s) | sort bin(2s)", &CALLS),
        [
            "bin(2s)=2026-01-02 03:03:20.000 count()=2",
            "bin(2s)=2026-01-02 03:03:22.000 count()=2",
            "bin(2s)=2026-01-02 03:03:24.000 count()=1",
        ]
    );
    assert_eq!(
        lines(
            "stats count_distinct(user.name) as d, count(ms) as c, pct(ms, 50) as p, stddev(ms) as s",
            &CALLS
        ),
        ["d=3 c=3 p=20 s=8.3699"]
    );
    assert_eq!(
        lines(
            "stats earliest(user.name) as e, latest(user.name) as l, sortsFirst(method) as f, sortsLast(method) as z",
            &CALLS
        ),
        ["e=ann l=eve f= z=get"]
    );
    assert_eq!(lines("stats max(ms) - min(ms) as span", &CALLS), ["span=20.5"]);
    assert_eq!(lines("filter ms > 1000 | stats count(*) as n, sum(ms) as s", &CALLS), ["n=0"]);
    assert_eq!(lines("stats sum(ms) as s by user.name | stats max(s) as m", &CALLS), ["m=40.5"]);
    assert_eq!(
        lines("stats count(*) as n by user.name | filter n > 1 | display user.name", &CALLS),
        ["user.name=ann"]
    );
}

#[test]
fn sort_and_dedup() {
    assert_eq!(lines("fields ms | filter ispresent(ms) | sort ms", &CALLS), ["ms=10", "ms=20", "ms=30.5"]);
    assert_eq!(
        lines("fields ms | sort ms desc | dedup user.name | filter ispresent(ms)", &CALLS),
        ["ms=30.5", "ms=20"]
    );
}

#[test]
fn flow_logs_and_reports_of_lambda_have_fields() {
    // claims: LOG-FLOWLOGS-05
    let flow = |port: u16| {
        format!("2 111111111111 eni-1 10.0.0.9 10.0.0.1 4000 {port} 6 1 40 1767323000 1767323060 REJECT OK")
    };
    let all: Vec<String> = (1..=100).map(flow).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    assert_eq!(
        lines("filter action = 'REJECT' | stats count_distinct(dstPort) as ports by srcAddr", &all),
        ["srcAddr=10.0.0.9 ports=100"]
    );
    let report = "REPORT RequestId: 0-1\tDuration: 3.25 ms\tBilled Duration: 4 ms\tMemory Size: 128 MB\tMax Memory Used: 70 MB\t";
    assert_eq!(
        lines(
            "filter @type = 'REPORT' | fields @duration, @billedDuration, @memorySize, @maxMemoryUsed, @requestId",
            &[report, "x"]
        ),
        ["@duration=3.25 @billedDuration=4 @memorySize=128000000 @maxMemoryUsed=70000000 @requestId=0-1"]
    );
}

#[test]
fn what_is_no_query() {
    for (query, says) in [
        ("", "the query is empty at line 1 and position 1"),
        ("nonsense x", "unexpected symbol found nonsense at line 1 and position 1"),
        ("fields a |", "unexpected symbol found end of query at line 1 and position 11"),
        ("fields a\n| filter (b = 1", "unexpected symbol found end of query at line 2 and position 16"),
        ("filter a = ", "unexpected symbol found end of query at line 1 and position 12"),
        ("limit 0", "invalid limit at line 1 and position 1"),
        ("stats sum() by x", "wrong arguments of function sum at line 1 and position 7"),
        ("stats x by y", "stats without an aggregation function at line 1 and position 7"),
        (
            "filter count(*) > 1",
            "the aggregation function count can be used in stats only at line 1 and position 8",
        ),
        ("filter f(1) > 1", "unknown function f at line 1 and position 8"),
        ("filter a like /(/", "invalid regular expression at line 1 and position 15"),
        ("parse '*-*' as a", "the number of names is not that of the wildcards at line 1 and position 7"),
    ] {
        assert_eq!(Query::parse(query).unwrap_err().to_string(), says, "{query}");
    }
    for query in ["unmask @message", "pattern @message", "fields jsonParse(x) as y"] {
        assert!(Query::parse(query).unwrap_err().unmodelled, "{query}");
    }
    for deep in ["(", "not ", "-", "abs("] {
        assert!(Query::parse(&format!("filter {}", deep.repeat(100_000))).is_err());
    }
}

#[test]
fn fields_are_discovered() {
    let names =
        |message: &str| discover(message.as_bytes()).into_iter().map(|(name, _)| name).collect::<Vec<_>>();
    assert_eq!(names(CALLS[0]), ["user.name", "user.tags.0", "user.tags.1", "ms", "ip", "ok", "method"]);
    assert_eq!(names("plain"), Vec::<String>::new());
    assert_eq!(discover(CALLS[2].as_bytes())[1], ("ms".to_owned(), "30.5".to_owned()));
}

proptest! {
    #[test]
    fn no_query_panics(query in "(fields|filter|stats|parse|sort|limit|dedup|display)[ a-c0-2@.,()*/+'\"|=<>^%#\\-]{0,40}", message in "[{}\\[\\]a-c\":,0-2 ]{0,30}") {
        if let Ok(query) = Query::parse(&query) {
            let mut run = query.start(None, 0);
            let pointer = String::new;
            run.see(&LogEvent { timestamp: 5, ingested: 6, message: message.as_bytes(), stream: "s", log: "l", pointer: &pointer });
            let _ = run.finish();
        }
    }
}
