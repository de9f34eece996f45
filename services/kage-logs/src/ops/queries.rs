//! Insights queries: started, asked for, stopped, listed.

use crate::group::Group;
use crate::pages::{self, Asked};
use crate::queries::{self, StartedQuery, Status};
use crate::{errors, jobs, named};
use kage_api_logs::types::{
    DescribeQueriesResponse, GetQueryResultsResponse, MalformedQueryException, QueryCompileError,
    QueryCompileErrorLocation, QueryInfo, QueryStatistics, ResultField, StartQueryRequest,
    StartQueryResponse, StopQueryResponse,
};
use kage_core::{Access, Call, Error, Lookup, Operation, Recording, Result, Tx};
use kage_logquery::{Query, QueryError};

/// AWS: model, StartQuery$logGroupNames: "up to 50 log groups".
const GROUPS: usize = 50;
/// AWS: model, GetQueryResults$maxItems: "The maximum is 10,000 log events per request."
const ROWS: usize = 10_000;
/// AWS: user guide, "CloudWatch Logs quotas": up to 30 concurrent queries of this language.
const CONCURRENT: usize = 30;

/// The groups of a query.
type Groups = Vec<(String, Lookup<Group>)>;

/// Starts a query.
pub struct StartQuery;

fn identifiers(input: &StartQueryRequest) -> Result<Vec<String>> {
    let lists = [
        input.log_group_name.clone().map(|name| vec![name]),
        input.log_group_names.clone(),
        input.log_group_identifiers.clone(),
    ];
    let mut given = lists.into_iter().flatten();
    // AWS: model, StartQuery: "exactly one of the following parameters".
    match (given.next(), given.next()) {
        (Some(list), None) if !list.is_empty() && list.len() <= GROUPS => Ok(list),
        (Some(_), None) => Err(errors::invalid("A query has 1 to 50 log groups.")),
        _ => Err(errors::invalid(
            "Exactly one of logGroupName, logGroupNames or logGroupIdentifiers must be provided.",
        )),
    }
}

impl Operation for StartQuery {
    shape!(START_QUERY: StartQueryRequest -> StartQueryResponse on Groups);
    const RECORDING: Recording = Recording::READ;

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Groups>> {
        let mut out = Vec::new();
        for identifier in identifiers(input)? {
            let group = named::by_identifier(call, tx, &identifier)?;
            out.push((identifier, group));
        }
        Ok(Lookup::Found(out))
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Groups>) -> Access {
        let groups = target.found().map(Vec::as_slice).unwrap_or_default();
        let each = groups.iter().map(|(_, group)| Access::on("logs:StartQuery", group));
        each.reduce(Access::and).unwrap_or_else(|| named::on_account(call, "logs:StartQuery"))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, groups: Groups, input: &Self::Input) -> Result<StartQueryResponse> {
        if let Some(language) = input.query_language.as_deref().filter(|language| *language != "CWLI") {
            return Err(errors::not_modelled(&format!("queryLanguage {language}")));
        }
        let mut names = Vec::new();
        for (identifier, group) in groups {
            // Recorded in LocalStack's AWS-validated snapshots (test_start_query_log_group_not_found).
            let text = format!("Log group '{identifier}' does not exist for account ID '{}'", call.account);
            let group = group.require().map_err(|error| Error { message: text, ..error })?;
            names.push(group.name);
        }
        if input.end_time < input.start_time {
            return Err(errors::malformed_query("end date and time is before start date and time"));
        }
        Query::parse(&input.query_string).map_err(|error| malformed(&error))?;
        let running = queries::list(tx.reads(), &call.account, &call.region)?;
        if running.iter().filter(|query| query.status == Status::Running).count() >= CONCURRENT {
            return Err(errors::limit());
        }
        let query = StartedQuery {
            id: call.ids().uuid(),
            groups: names,
            text: input.query_string.clone(),
            from: input.start_time.saturating_mul(1_000),
            // The end is included, to its last millisecond.
            to: input.end_time.saturating_mul(1_000).saturating_add(999),
            limit: input.limit.and_then(|limit| usize::try_from(limit).ok()),
            created: call.now.milliseconds(),
            by: call.caller.arn.clone(),
            ..StartedQuery::default()
        };
        queries::put(tx, &call.account, &call.region, &query)?;
        jobs::plan_query(call, tx, &query.id)?;
        Ok(StartQueryResponse { query_id: Some(query.id) })
    }
}

fn malformed(error: &QueryError) -> Error {
    if error.unmodelled {
        return Error::new("NotImplemented", 501, error.to_string());
    }
    let offset = i32::try_from(error.offset).unwrap_or(i32::MAX);
    let location =
        QueryCompileErrorLocation { start_char_offset: Some(offset), end_char_offset: Some(offset) };
    let compile = QueryCompileError { location: Some(location), message: Some(error.to_string()) };
    errors::malformed_query(error.to_string())
        .with_members(MalformedQueryException { query_compile_error: Some(compile) })
}

fn lookup(call: &Call<'_>, tx: &Tx, id: &str) -> Result<Lookup<StartedQuery>> {
    let found = queries::find(tx.reads(), &call.account, &call.region, id)?;
    Ok(match found {
        Some(found) => Lookup::Found(found),
        None => Lookup::missing(crate::group::account_arn(call), errors::missing("query")),
    })
}

/// Gives the results of a query.
pub struct GetQueryResults;

impl Operation for GetQueryResults {
    shape!(GET_QUERY_RESULTS: GetQueryResultsRequest -> GetQueryResultsResponse on StartedQuery);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<StartedQuery>> {
        lookup(call, tx, &input.query_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<StartedQuery>) -> Access {
        named::on_account(call, "logs:GetQueryResults")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        query: StartedQuery,
        input: &Self::Input,
    ) -> Result<GetQueryResultsResponse> {
        let from = match &input.next_token {
            None => 0,
            Some(token) => pages::read(call, token)?.parse().map_err(|_| errors::invalid_token())?,
        };
        let asked = input.max_items.and_then(|count| usize::try_from(count).ok()).filter(|count| *count > 0);
        let count = asked.unwrap_or(ROWS);
        let place = (call.account.as_str(), call.region.as_str());
        let rows = queries::results(tx.reads(), place, &query.id, from, count)?;
        let behind = from.saturating_add(rows.len());
        let field = |(field, value): (String, String)| ResultField { field: Some(field), value: Some(value) };
        let number = |value: u64| Some(value as f64);
        Ok(GetQueryResultsResponse {
            query_language: Some("CWLI".to_owned()),
            results: Some(rows.into_iter().map(|row| row.into_iter().map(field).collect()).collect()),
            statistics: Some(QueryStatistics {
                records_matched: number(query.matched),
                records_scanned: number(query.scanned),
                bytes_scanned: number(query.bytes),
                estimated_records_skipped: Some(0.0),
                estimated_bytes_skipped: Some(0.0),
                log_groups_scanned: number(query.groups.len() as u64),
                ..QueryStatistics::default()
            }),
            status: Some(query.status.name().to_owned()),
            encryption_key: None,
            next_token: (behind < query.rows).then(|| pages::token(call, &behind.to_string())),
        })
    }
}

/// Stops a query.
pub struct StopQuery;

impl Operation for StopQuery {
    shape!(STOP_QUERY: StopQueryRequest -> StopQueryResponse on StartedQuery);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<StartedQuery>> {
        lookup(call, tx, &input.query_id)
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<StartedQuery>) -> Access {
        named::on_account(call, "logs:StopQuery")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut query: StartedQuery,
        _: &Self::Input,
    ) -> Result<StopQueryResponse> {
        // AWS: model, StopQuery: "an error indicating that the specified query is not running".
        if query.status != Status::Running {
            return Err(errors::invalid("The specified query is not running."));
        }
        query.status = Status::Cancelled;
        queries::put(tx, &call.account, &call.region, &query)?;
        jobs::plan_forget(call, tx, &query.id)?;
        Ok(StopQueryResponse { success: Some(true) })
    }
}

/// Lists queries, newest first.
pub struct DescribeQueries;

impl Operation for DescribeQueries {
    shape!(DESCRIBE_QUERIES: DescribeQueriesRequest -> DescribeQueriesResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        named::on_account(call, "logs:DescribeQueries")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<DescribeQueriesResponse> {
        let mut found = queries::list(tx.reads(), &call.account, &call.region)?;
        if let Some(name) = &input.log_group_name {
            found.retain(|query| query.groups.contains(name));
        }
        if let Some(status) = &input.status {
            found.retain(|query| query.status.name() == status);
        }
        if input.query_language.as_deref().is_some_and(|language| language != "CWLI") {
            found.clear();
        }
        let asked = Asked {
            token: input.next_token.as_deref(),
            limit: input.max_results,
            default: 1_000,
            descending: true,
        };
        let page =
            pages::cut(call, found, |query| format!("{:020}\n{}", query.created.max(0), query.id), &asked)?;
        Ok(DescribeQueriesResponse {
            queries: Some(page.items.into_iter().map(show).collect()),
            next_token: page.next,
        })
    }
}

// The form of the text is recorded in LocalStack's AWS-validated snapshots (test_describe_queries).
fn show(query: StartedQuery) -> QueryInfo {
    let sources: Vec<String> = query.groups.iter().map(|name| format!("\"{name}\"")).collect();
    QueryInfo {
        query_language: Some("CWLI".to_owned()),
        query_id: Some(query.id),
        query_string: Some(format!(
            "SOURCE {} START={} END={} | {}",
            sources.join(", "),
            query.from,
            query.to,
            query.text
        )),
        status: Some(query.status.name().to_owned()),
        create_time: Some(query.created),
        log_group_name: query.groups.into_iter().next(),
        ..QueryInfo::default()
    }
}
