//! Schedules: made and replaced.

use super::schedules::{Named, access, lookup};
use crate::firing;
use crate::group::{self, DEFAULT, Group};
use crate::invocation::PRINCIPAL;
use crate::plan::{self, Plan};
use crate::target::Target;
use crate::{errors, schedules, trust};
use kage_api_scheduler::types::{
    self, CreateScheduleInput, CreateScheduleOutput, FlexibleTimeWindow, UpdateScheduleInput,
    UpdateScheduleOutput, action_after_completion, flexible_time_window_mode, schedule_state,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_schedule::{Dialect, Schedule, Zone};
use kage_schema::Timestamp;

/// AWS: EventBridge Scheduler quotas: schedules of an account in a Region.
const SCHEDULES_MAX: usize = 1_000_000;
/// AWS: CreateSchedule: a start may lie five minutes back.
const START_SLACK_MS: i64 = 300_000;

/// What both calls say.
struct Wanted<'i> {
    name: &'i str,
    expression: &'i str,
    zone: Option<&'i str>,
    start: Option<Timestamp>,
    end: Option<Timestamp>,
    description: Option<&'i str>,
    state: Option<&'i str>,
    kms_key: Option<&'i String>,
    target: &'i types::Target,
    window: &'i FlexibleTimeWindow,
    after: Option<&'i str>,
    token: Option<&'i str>,
}

macro_rules! wanted {
    ($input:expr) => {
        Wanted {
            name: &$input.name,
            expression: &$input.schedule_expression,
            zone: $input.schedule_expression_timezone.as_deref(),
            start: $input.start_date,
            end: $input.end_date,
            description: $input.description.as_deref(),
            state: $input.state.as_deref(),
            kms_key: $input.kms_key_arn.as_ref(),
            target: &$input.target,
            window: &$input.flexible_time_window,
            after: $input.action_after_completion.as_deref(),
            token: $input.client_token.as_deref(),
        }
    };
}

fn pass_role(access: Access, role: &str) -> Access {
    access.and(Access::to("iam:PassRole", role).key("iam:PassedToService", PRINCIPAL))
}

/// Makes a schedule.
pub struct CreateSchedule;

impl Operation for CreateSchedule {
    shape!(CREATE_SCHEDULE: CreateScheduleInput -> CreateScheduleOutput on Group);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Group>> {
        let name = input.group_name.as_deref().unwrap_or(DEFAULT);
        let arn = plan::arn(&call.account, &call.region, name, &input.name);
        Ok(match group::lookup(call, tx, name)? {
            Lookup::Missing { error, .. } => Lookup::missing(arn, error),
            found => found,
        })
    }

    fn access(call: &Call<'_>, input: &Self::Input, group: &Lookup<Group>) -> Access {
        let name = input.group_name.as_deref().unwrap_or(DEFAULT);
        let arn = plan::arn(&call.account, &call.region, name, &input.name);
        let tags = group.found().map(|group| group.tags.clone()).unwrap_or_default();
        let access =
            tags.into_iter().fold(Access::to("scheduler:CreateSchedule", arn), |access, (key, value)| {
                access.key(format!("aws:ResourceTag/{key}"), value)
            });
        pass_role(access, &input.target.role_arn)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        group: Group,
        input: &CreateScheduleInput,
    ) -> Result<CreateScheduleOutput> {
        let wanted = wanted!(input);
        let place = (call.account.as_str(), call.region.as_str());
        if let Some(known) = schedules::find(tx.reads(), place, &group.name, &input.name)? {
            if known.token.is_some() && known.token == input.client_token {
                return Ok(CreateScheduleOutput { schedule_arn: known.plan_arn() });
            }
            return Err(errors::exists("Schedule", &input.name));
        }
        if schedules::list(tx.reads(), place.0, place.1, None)?.len() >= SCHEDULES_MAX {
            return Err(errors::quota("The account has reached its limit of schedules."));
        }
        let mut plan = made(call, tx, &group, &wanted)?;
        let from = plan.created.saturating_sub(1);
        firing::replan(call, tx, &mut plan, from)?;
        Ok(CreateScheduleOutput { schedule_arn: plan.plan_arn() })
    }
}

/// Replaces what a schedule says. What the call leaves out is gone.
pub struct UpdateSchedule;

impl Operation for UpdateSchedule {
    shape!(UPDATE_SCHEDULE: UpdateScheduleInput -> UpdateScheduleOutput on Named);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        lookup(call, tx, input.group_name.as_deref(), &input.name)
    }

    fn access(_: &Call<'_>, input: &Self::Input, named: &Lookup<Named>) -> Access {
        pass_role(access("scheduler:UpdateSchedule", named), &input.target.role_arn)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        named: Named,
        input: &UpdateScheduleInput,
    ) -> Result<UpdateScheduleOutput> {
        let mut plan = made(call, tx, &named.group, &wanted!(input))?;
        plan.created = named.plan.created;
        let from = plan.modified.saturating_sub(1);
        firing::replan(call, tx, &mut plan, from)?;
        Ok(UpdateScheduleOutput { schedule_arn: plan.plan_arn() })
    }
}

/// The schedule as the call makes it.
fn made(call: &Call<'_>, tx: &mut Tx, group: &Group, wanted: &Wanted<'_>) -> Result<Plan> {
    errors::refuse(wanted.kms_key, "KmsKeyArn")?;
    Schedule::parse(wanted.expression, Dialect::Scheduler)
        .map_err(|_| errors::expression(wanted.expression))?;
    let zone = wanted.zone.unwrap_or("UTC");
    if Zone::find(zone).is_none() {
        return Err(errors::validation(format!("Invalid Schedule Expression Timezone {zone}.")));
    }
    let now = call.now.milliseconds();
    require_dates(wanted, now)?;
    let window_minutes = window(wanted.window)?;
    let target = Target::read(wanted.target)?;
    trust::require(call, tx, &target.role, &group.group_arn())?;
    let start = wanted.start.map(Timestamp::milliseconds);
    Ok(Plan {
        account: call.account.clone(),
        region: call.region.clone(),
        group: group.name.clone(),
        name: wanted.name.to_owned(),
        expression: wanted.expression.to_owned(),
        zone: zone.to_owned(),
        start,
        end: wanted.end.map(Timestamp::milliseconds),
        description: wanted.description.map(str::to_owned),
        state: wanted.state.unwrap_or(schedule_state::ENABLED).to_owned(),
        target,
        window_minutes,
        after: wanted.after.unwrap_or(action_after_completion::NONE).to_owned(),
        created: now,
        modified: now,
        // AWS: "Schedule types": without a start date a rate begins at once.
        origin: start.unwrap_or(now),
        next: None,
        token: wanted.token.map(str::to_owned),
    })
}

fn require_dates(wanted: &Wanted<'_>, now: i64) -> Result<()> {
    let ms = |date: Option<Timestamp>| date.map(Timestamp::milliseconds);
    let (start, end) = (ms(wanted.start), ms(wanted.end));
    // Recorded in moto's tests of CreateSchedule.
    if start.is_some_and(|start| start < now.saturating_sub(START_SLACK_MS)) {
        return Err(errors::validation("The StartDate you specify cannot be earlier than 5 minutes ago."));
    }
    if end.is_some_and(|end| end <= now) {
        return Err(errors::validation("The EndDate you specify must be in the future."));
    }
    if start.zip(end).is_some_and(|(start, end)| end <= start) {
        return Err(errors::validation("The EndDate you specify must come after the StartDate."));
    }
    Ok(())
}

fn window(given: &FlexibleTimeWindow) -> Result<Option<i32>> {
    match (given.mode.as_str(), given.maximum_window_in_minutes) {
        (flexible_time_window_mode::FLEXIBLE, Some(minutes)) => Ok(Some(minutes)),
        (flexible_time_window_mode::FLEXIBLE, None) => Err(errors::validation(
            "MaximumWindowInMinutes is required when the FlexibleTimeWindow mode is FLEXIBLE.",
        )),
        (_, Some(_)) => Err(errors::validation(
            "MaximumWindowInMinutes must not be set when the FlexibleTimeWindow mode is OFF.",
        )),
        _ => Ok(None),
    }
}
