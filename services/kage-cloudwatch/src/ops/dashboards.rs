//! `PutDashboard`, `GetDashboard`, `ListDashboards`, `DeleteDashboards`.

use crate::dashboards::{self, Dashboard};
use crate::{dashboard_body, errors, pages, tags};
use kage_api_cloudwatch::types::{
    DashboardEntry, DeleteDashboardsOutput, GetDashboardOutput, ListDashboardsOutput, PutDashboardOutput,
};
use kage_core::{Access, Call, Lookup, Operation, Resource, Result, Tx};
use kage_schema::Timestamp;

/// AWS: ListDashboards: results of one page. DeleteDashboards: dashboards of one call.
const PAGE: usize = 1_000;
const DELETE_MAX: usize = 100;

/// Makes or replaces a dashboard.
pub struct PutDashboard;

impl Operation for PutDashboard {
    shape!(PUT_DASHBOARD: PutDashboardInput -> PutDashboardOutput on Option<Dashboard>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Option<Dashboard>>> {
        Ok(Lookup::Found(dashboards::find(tx.reads(), &call.account, &input.dashboard_name)?))
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Option<Dashboard>>) -> Access {
        match target.found().and_then(Option::as_ref) {
            Some(dashboard) => {
                tags::requested(Access::on_found("cloudwatch:PutDashboard", dashboard), input.tags.as_deref())
            }
            None => {
                let arn = dashboards::arn(&call.account, &input.dashboard_name);
                let access = Access::to("cloudwatch:PutDashboard", arn.clone());
                tags::with_tags(access, &arn, input.tags.as_deref())
            }
        }
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        target: Option<Dashboard>,
        input: &Self::Input,
    ) -> Result<PutDashboardOutput> {
        let name = &input.dashboard_name;
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
        if name.is_empty() || name.len() > 255 || !name.bytes().all(plain) {
            return Err(errors::value(format!(
                "The value {name} for field DashboardName contains invalid characters. It can only contain alphanumerics, dash (-) and underscore (_)."
            )));
        }
        match dashboard_body::problems(&input.dashboard_body) {
            Err(()) => return Err(errors::invalid_dashboard(Vec::new())),
            Ok(problems) if !problems.is_empty() => return Err(errors::invalid_dashboard(problems)),
            Ok(_) => {}
        }
        let is_new = target.is_none();
        let mut dashboard = target.unwrap_or_else(|| Dashboard {
            account: call.account.clone(),
            name: name.clone(),
            ..Dashboard::default()
        });
        // The tags of a dashboard that is there are not changed.
        if is_new {
            tags::add(&mut dashboard.tags, input.tags.as_deref().unwrap_or_default())?;
        }
        dashboard.body.clone_from(&input.dashboard_body);
        dashboard.modified = call.now.milliseconds();
        dashboards::put(tx, &dashboard)?;
        Ok(PutDashboardOutput { dashboard_validation_messages: Some(Vec::new()) })
    }
}

/// Shows a dashboard.
pub struct GetDashboard;

impl Operation for GetDashboard {
    shape!(GET_DASHBOARD: GetDashboardInput -> GetDashboardOutput on Dashboard);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Dashboard>> {
        let name = &input.dashboard_name;
        Ok(match dashboards::find(tx.reads(), &call.account, name)? {
            Some(dashboard) => Lookup::Found(dashboard),
            None => Lookup::missing(dashboards::arn(&call.account, name), errors::no_dashboard(name)),
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Dashboard>) -> Access {
        Access::on("cloudwatch:GetDashboard", target)
    }

    fn run(_: &Call<'_>, _: &mut Tx, found: Dashboard, _: &Self::Input) -> Result<GetDashboardOutput> {
        Ok(GetDashboardOutput {
            dashboard_arn: Some(found.arn()),
            dashboard_body: Some(found.body),
            dashboard_name: Some(found.name),
        })
    }
}

/// Lists dashboards.
pub struct ListDashboards;

impl Operation for ListDashboards {
    shape!(LIST_DASHBOARDS: ListDashboardsInput -> ListDashboardsOutput on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("cloudwatch:ListDashboards")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListDashboardsOutput> {
        let prefix = input.dashboard_name_prefix.as_deref().unwrap_or_default();
        let all = dashboards::list(tx.reads(), &call.account)?;
        let found = all.into_iter().filter(|dashboard| dashboard.name.starts_with(prefix));
        let key = |dashboard: &Dashboard| dashboard.name.clone();
        let page = pages::cut(call, found, key, input.next_token.as_deref(), PAGE)?;
        let entry = |dashboard: Dashboard| DashboardEntry {
            dashboard_arn: Some(dashboard.arn()),
            size: i64::try_from(dashboard.body.len()).ok(),
            last_modified: Some(Timestamp(dashboard.modified)),
            dashboard_name: Some(dashboard.name),
        };
        Ok(ListDashboardsOutput {
            dashboard_entries: Some(page.items.into_iter().map(entry).collect()),
            next_token: page.next,
        })
    }
}

/// Deletes dashboards: all that are named, or none when one is not there.
pub struct DeleteDashboards;

impl Operation for DeleteDashboards {
    shape!(DELETE_DASHBOARDS: DeleteDashboardsInput -> DeleteDashboardsOutput on Vec<Dashboard>);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Vec<Dashboard>>> {
        let mut out = Vec::new();
        for name in &input.dashboard_names {
            out.extend(dashboards::find(tx.reads(), &call.account, name)?);
        }
        Ok(Lookup::Found(out))
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Vec<Dashboard>>) -> Access {
        const ACTION: &str = "cloudwatch:DeleteDashboards";
        let found = target.found().map(Vec::as_slice).unwrap_or_default();
        let one = |name: &String| match found.iter().find(|dashboard| dashboard.name == *name) {
            Some(dashboard) => Access::on_found(ACTION, dashboard),
            None => Access::to(ACTION, dashboards::arn(&call.account, name)),
        };
        input.dashboard_names.iter().map(one).reduce(Access::and).unwrap_or_else(|| Access::any(ACTION))
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        found: Vec<Dashboard>,
        input: &Self::Input,
    ) -> Result<DeleteDashboardsOutput> {
        if input.dashboard_names.is_empty() || input.dashboard_names.len() > DELETE_MAX {
            return Err(errors::value("The collection DashboardNames must have a size from 1 to 100."));
        }
        let is_there = |name: &&String| found.iter().all(|dashboard| dashboard.name != **name);
        if let Some(name) = input.dashboard_names.iter().find(is_there) {
            return Err(errors::no_dashboard(name));
        }
        found.iter().for_each(|dashboard| dashboards::remove(tx, dashboard));
        Ok(DeleteDashboardsOutput {})
    }
}
