//! Groups: made, shown, deleted, listed.

use crate::group::{self, DEFAULT, Group};
use crate::{errors, pages, schedules, tags};
use kage_api_scheduler::types::{
    CreateScheduleGroupOutput, DeleteScheduleGroupOutput, GetScheduleGroupOutput, ListScheduleGroupsOutput,
    ScheduleGroupSummary, schedule_group_state,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schema::Timestamp;

/// AWS: EventBridge Scheduler quotas: groups of an account in a Region.
const GROUPS_MAX: usize = 500;

/// Makes a group.
pub struct CreateScheduleGroup;

impl Operation for CreateScheduleGroup {
    shape!(CREATE_SCHEDULE_GROUP: CreateScheduleGroupInput -> CreateScheduleGroupOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let arn = group::arn(&call.account, &call.region, &input.name);
        let given = input.tags.as_deref().unwrap_or_default();
        let access = tags::requested(Access::to("scheduler:CreateScheduleGroup", arn.clone()), given);
        if given.is_empty() {
            return access;
        }
        access.and(tags::requested(Access::to("scheduler:TagResource", arn), given))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<CreateScheduleGroupOutput> {
        if let Some(known) = group::find(tx.reads(), &call.account, &call.region, &input.name)? {
            if known.token.is_some() && known.token == input.client_token {
                return Ok(CreateScheduleGroupOutput { schedule_group_arn: known.group_arn() });
            }
            return Err(errors::exists("Schedule group", &input.name));
        }
        if group::list(tx.reads(), &call.account, &call.region)?.len() >= GROUPS_MAX {
            return Err(errors::quota("The account has reached its limit of schedule groups."));
        }
        let now = Some(call.now.milliseconds());
        let mut made = Group {
            account: call.account.clone(),
            region: call.region.clone(),
            name: input.name.clone(),
            created: now,
            modified: now,
            token: input.client_token.clone(),
            ..Group::default()
        };
        tags::add(&mut made.tags, input.tags.as_deref().unwrap_or_default())?;
        group::put(tx, &made)?;
        Ok(CreateScheduleGroupOutput { schedule_group_arn: made.group_arn() })
    }
}

/// Shows a group.
pub struct GetScheduleGroup;

impl Operation for GetScheduleGroup {
    shape!(GET_SCHEDULE_GROUP: GetScheduleGroupInput -> GetScheduleGroupOutput on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        group::lookup(call, tx, &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, group: &Lookup<Group>) -> Access {
        Access::on("scheduler:GetScheduleGroup", group)
    }

    fn run(_: &Call<'_>, _: &mut Tx, group: Group, _: &Self::Input) -> Result<GetScheduleGroupOutput> {
        Ok(GetScheduleGroupOutput {
            arn: Some(group.group_arn()),
            name: Some(group.name),
            state: Some(schedule_group_state::ACTIVE.to_owned()),
            creation_date: group.created.map(Timestamp),
            last_modification_date: group.modified.map(Timestamp),
        })
    }
}

/// Deletes a group with its schedules.
pub struct DeleteScheduleGroup;

impl Operation for DeleteScheduleGroup {
    shape!(DELETE_SCHEDULE_GROUP: DeleteScheduleGroupInput -> DeleteScheduleGroupOutput on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        group::lookup(call, tx, &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, group: &Lookup<Group>) -> Access {
        Access::on("scheduler:DeleteScheduleGroup", group)
    }

    fn run(call: &Call<'_>, tx: &mut Tx, group: Group, _: &Self::Input) -> Result<DeleteScheduleGroupOutput> {
        if group.name == DEFAULT {
            return Err(errors::validation("The default schedule group cannot be deleted."));
        }
        for plan in schedules::list(tx.reads(), &call.account, &call.region, Some(&group.name))? {
            schedules::remove(tx, &plan);
        }
        group::remove(tx, &group);
        Ok(DeleteScheduleGroupOutput {})
    }
}

/// Lists groups.
pub struct ListScheduleGroups;

impl Operation for ListScheduleGroups {
    shape!(LIST_SCHEDULE_GROUPS: ListScheduleGroupsInput -> ListScheduleGroupsOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::to("scheduler:ListScheduleGroups", group::arn(&call.account, &call.region, "*"))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListScheduleGroupsOutput> {
        let mut all = group::list(tx.reads(), &call.account, &call.region)?;
        let prefix = input.name_prefix.as_deref().unwrap_or_default();
        all.retain(|group| group.name.starts_with(prefix));
        let page = pages::cut(
            call,
            all,
            |group| group.name.clone(),
            input.next_token.as_deref(),
            input.max_results,
        )?;
        let view = |group: Group| ScheduleGroupSummary {
            arn: Some(group.group_arn()),
            name: Some(group.name),
            state: Some(schedule_group_state::ACTIVE.to_owned()),
            creation_date: group.created.map(Timestamp),
            last_modification_date: group.modified.map(Timestamp),
        };
        Ok(ListScheduleGroupsOutput {
            next_token: page.next,
            schedule_groups: page.items.into_iter().map(view).collect(),
        })
    }
}
