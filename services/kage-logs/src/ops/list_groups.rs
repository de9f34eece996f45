//! `DescribeLogGroups` and `ListLogGroups`.

use crate::group::{Group, Named};
use crate::pages::{self, Asked};
use crate::{errors, groups, named, streams};
use kage_api_logs::types::{DescribeLogGroupsResponse, ListLogGroupsResponse, LogGroup, LogGroupSummary};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_store::Reads;

/// Describes log groups, all or those of a prefix.
pub struct DescribeLogGroups;

impl Operation for DescribeLogGroups {
    shape!(DESCRIBE_LOG_GROUPS: DescribeLogGroupsRequest -> DescribeLogGroupsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        named::on_account(call, "logs:DescribeLogGroups")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<DescribeLogGroupsResponse> {
        errors::refuse_flag(input.include_linked_accounts, "includeLinkedAccounts")?;
        errors::refuse(&input.account_identifiers, "accountIdentifiers")?;
        // AWS: model, DescribeLogGroups: the two are mutually exclusive.
        if input.log_group_name_prefix.is_some() && input.log_group_name_pattern.is_some() {
            return Err(errors::invalid(
                "LogGroup name prefix and LogGroup name pattern are mutually exclusive parameters.",
            ));
        }
        let mut found = groups::list(tx.reads(), &call.account, &call.region)?;
        if let Some(prefix) = &input.log_group_name_prefix {
            found.retain(|group| group.name.starts_with(prefix));
        }
        if let Some(pattern) = &input.log_group_name_pattern {
            // AWS: model, DescribeLogGroups$logGroupNamePattern: "a case-sensitive substring search".
            found.retain(|group| group.name.contains(pattern));
        }
        if let Some(class) = &input.log_group_class {
            found.retain(|group| group.class.name() == class);
        }
        if let Some(identifiers) = &input.log_group_identifiers {
            let mut names = Vec::new();
            for identifier in identifiers {
                let named = Named::parse(call, identifier)
                    .filter(|named| named.account == call.account && named.region == call.region);
                names.push(named.ok_or_else(|| errors::invalid("Invalid log group identifier"))?.name);
            }
            found.retain(|group| names.contains(&group.name));
        }
        let asked = Asked::fifty(input.next_token.as_ref(), input.limit);
        let page = pages::cut(call, found, |group| group.name.clone(), &asked)?;
        let in_short = input.log_group_name_pattern.is_some();
        let shown: Result<Vec<LogGroup>> = page
            .items
            .into_iter()
            .map(|group| if in_short { Ok(brief(group)) } else { describe(tx.reads(), group) })
            .collect();
        Ok(DescribeLogGroupsResponse { log_groups: Some(shown?), next_token: page.next })
    }
}

// AWS: model, DescribeLogGroups$logGroupNamePattern: "only arn, creationTime, and logGroupName are included".
fn brief(group: Group) -> LogGroup {
    LogGroup {
        creation_time: Some(group.created),
        arn: Some(format!("{}:*", group.arn())),
        log_group_name: Some(group.name),
        ..LogGroup::default()
    }
}

fn describe(reads: &dyn Reads, group: Group) -> Result<LogGroup> {
    let bytes: u64 = streams::list(reads, &group)?.iter().map(|stream| stream.bytes).sum();
    let arn = group.arn();
    Ok(LogGroup {
        creation_time: Some(group.created),
        retention_in_days: group.retention,
        metric_filter_count: Some(crate::filters::count_metric(reads, &group)?),
        arn: Some(format!("{arn}:*")),
        stored_bytes: Some(i64::try_from(bytes).unwrap_or(i64::MAX)),
        kms_key_id: group.encryption.map(|encryption| encryption.key),
        log_group_class: Some(group.class.name().to_owned()),
        log_group_arn: Some(arn),
        deletion_protection_enabled: Some(group.protected),
        log_group_name: Some(group.name),
        ..LogGroup::default()
    })
}

/// Lists log groups in short.
pub struct ListLogGroups;

impl Operation for ListLogGroups {
    shape!(LIST_LOG_GROUPS: ListLogGroupsRequest -> ListLogGroupsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        named::on_account(call, "logs:ListLogGroups")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListLogGroupsResponse> {
        errors::refuse_flag(input.include_linked_accounts, "includeLinkedAccounts")?;
        errors::refuse(&input.account_identifiers, "accountIdentifiers")?;
        errors::refuse(&input.data_sources, "dataSources")?;
        errors::refuse(&input.field_index_names, "fieldIndexNames")?;
        errors::refuse(&input.log_group_tags, "logGroupTags")?;
        let mut found = groups::list(tx.reads(), &call.account, &call.region)?;
        if let Some(pattern) = &input.log_group_name_pattern {
            // AWS: model, ListLogGroups$logGroupNamePattern: up to five parts between `|`; `^` binds one to the start.
            found.retain(|group| {
                pattern.split('|').any(|part| match part.strip_prefix('^') {
                    Some(prefix) => group.name.starts_with(prefix),
                    None => group.name.contains(part),
                })
            });
        }
        if let Some(class) = &input.log_group_class {
            found.retain(|group| group.class.name() == class);
        }
        let asked = Asked::fifty(input.next_token.as_ref(), input.limit);
        let page = pages::cut(call, found, |group| group.name.clone(), &asked)?;
        let summary = |group: Group| LogGroupSummary {
            log_group_arn: Some(group.arn()),
            log_group_class: Some(group.class.name().to_owned()),
            log_group_name: Some(group.name),
        };
        Ok(ListLogGroupsResponse {
            log_groups: Some(page.items.into_iter().map(summary).collect()),
            next_token: page.next,
        })
    }
}
