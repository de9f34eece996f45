//! Schedules: shown, deleted, listed.

use crate::group::{self, DEFAULT, Group};
use crate::plan::{self, Plan};
use crate::{errors, pages, schedules};
use kage_api_scheduler::types::{
    DeleteScheduleOutput, FlexibleTimeWindow, GetScheduleOutput, ListSchedulesOutput, ScheduleSummary,
    TargetSummary, flexible_time_window_mode,
};
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};
use kage_schema::Timestamp;

/// A schedule with its group, whose tags count for it.
pub struct Named {
    /// The schedule.
    pub plan: Plan,
    /// Its group.
    pub group: Group,
}

impl Resource for Named {
    fn arn(&self) -> String {
        self.plan.plan_arn()
    }
    fn tags(&self) -> Vec<(String, String)> {
        self.group.tags.clone().into_iter().collect()
    }
}

/// The schedule that a call names, or the error that it or its group is missing.
///
/// # Errors
/// Those of the store.
pub fn lookup(call: &Call<'_>, tx: &Tx, group: Option<&str>, name: &str) -> Result<Lookup<Named>> {
    let group_name = group.unwrap_or(DEFAULT);
    let arn = plan::arn(&call.account, &call.region, group_name, name);
    let group = match group::lookup(call, tx, group_name)? {
        Lookup::Found(group) => group,
        Lookup::Missing { error, .. } => return Ok(Lookup::missing(arn, error)),
    };
    Ok(match schedules::find(tx.reads(), (&call.account, &call.region), group_name, name)? {
        Some(plan) => Lookup::Found(Named { plan, group }),
        None => Lookup::missing(arn, errors::no_schedule(name)),
    })
}

/// The access to a schedule.
pub fn access(action: &str, named: &Lookup<Named>) -> Access {
    Access::on(action, named)
}

/// Shows a schedule.
pub struct GetSchedule;

impl Operation for GetSchedule {
    shape!(GET_SCHEDULE: GetScheduleInput -> GetScheduleOutput on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        lookup(call, tx, input.group_name.as_deref(), &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, named: &Lookup<Named>) -> Access {
        access("scheduler:GetSchedule", named)
    }

    fn run(_: &Call<'_>, _: &mut Tx, named: Named, _: &Self::Input) -> Result<GetScheduleOutput> {
        let plan = named.plan;
        let mode = match plan.window_minutes {
            Some(_) => flexible_time_window_mode::FLEXIBLE,
            None => flexible_time_window_mode::OFF,
        };
        Ok(GetScheduleOutput {
            arn: Some(plan.plan_arn()),
            target: Some(plan.target.view()),
            group_name: Some(plan.group),
            name: Some(plan.name),
            schedule_expression: Some(plan.expression),
            start_date: plan.start.map(Timestamp),
            end_date: plan.end.map(Timestamp),
            description: plan.description,
            schedule_expression_timezone: Some(plan.zone),
            state: Some(plan.state),
            creation_date: Some(Timestamp(plan.created)),
            last_modification_date: Some(Timestamp(plan.modified)),
            kms_key_arn: None,
            flexible_time_window: Some(FlexibleTimeWindow {
                mode: mode.to_owned(),
                maximum_window_in_minutes: plan.window_minutes,
            }),
            action_after_completion: Some(plan.after),
        })
    }
}

/// Deletes a schedule.
pub struct DeleteSchedule;

impl Operation for DeleteSchedule {
    shape!(DELETE_SCHEDULE: DeleteScheduleInput -> DeleteScheduleOutput on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        lookup(call, tx, input.group_name.as_deref(), &input.name)
    }

    fn access(_: &Call<'_>, _: &Self::Input, named: &Lookup<Named>) -> Access {
        access("scheduler:DeleteSchedule", named)
    }

    fn run(_: &Call<'_>, tx: &mut Tx, named: Named, _: &Self::Input) -> Result<DeleteScheduleOutput> {
        schedules::remove(tx, &named.plan);
        Ok(DeleteScheduleOutput {})
    }
}

/// Lists schedules.
pub struct ListSchedules;

impl Operation for ListSchedules {
    shape!(LIST_SCHEDULES: ListSchedulesInput -> ListSchedulesOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::to("scheduler:ListSchedules", plan::arn(&call.account, &call.region, "*", "*"))
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListSchedulesOutput> {
        if let Some(name) = &input.group_name {
            group::lookup(call, tx, name)?.require()?;
        }
        let mut all = schedules::list(tx.reads(), &call.account, &call.region, input.group_name.as_deref())?;
        all.retain(|plan| {
            input.name_prefix.as_ref().is_none_or(|prefix| plan.name.starts_with(prefix.as_str()))
                && input.state.as_ref().is_none_or(|state| plan.state == *state)
        });
        // Neither names nor groups have a `/`.
        let key = |plan: &Plan| format!("{}/{}", plan.group, plan.name);
        all.sort_by_key(key);
        let page = pages::cut(call, all, key, input.next_token.as_deref(), input.max_results)?;
        let view = |plan: Plan| ScheduleSummary {
            arn: Some(plan.plan_arn()),
            name: Some(plan.name),
            group_name: Some(plan.group),
            state: Some(plan.state),
            creation_date: Some(Timestamp(plan.created)),
            last_modification_date: Some(Timestamp(plan.modified)),
            target: Some(TargetSummary { arn: plan.target.arn }),
        };
        Ok(ListSchedulesOutput {
            next_token: page.next,
            schedules: page.items.into_iter().map(view).collect(),
        })
    }
}
