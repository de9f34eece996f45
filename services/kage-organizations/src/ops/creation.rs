//! New member accounts.

use crate::creations::{self, Creation};
use crate::scope::{self, Scoped, Who};
use crate::{errors, pages, place, tagging, view};
use kage_api_organizations::types::{
    CreateAccountRequest, CreateAccountResponse, CreateAccountStatus, DescribeCreateAccountStatusResponse,
    ListCreateAccountStatusResponse,
};
use kage_core::{Access, Call, Error, Lookup, Operation, Result, Tx};
use kage_identity::organization::Organization;
use kage_identity::{Tags, accounts, genesis, organization};

/// AWS: Organizations user guide, "Quotas": the default maximum number of accounts is 10.
const ACCOUNTS_MAX: usize = 10;
/// How often a number is drawn for a new account before the double gives up.
const DRAWS: usize = 16;

/// Makes a member account. As in AWS the answer says `IN_PROGRESS`; the account is there when it is asked for next.
pub struct CreateAccount;

impl Operation for CreateAccount {
    shape!(CREATE_ACCOUNT: CreateAccountRequest -> CreateAccountResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Management)
    }

    fn access(_: &Call<'_>, input: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        tagging::on_create(Access::on("organizations:CreateAccount", target), input.tags.as_ref())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<CreateAccountResponse> {
        let organization = scoped.organization;
        let tags = tagging::of_new(input.tags.as_ref())?;
        require_room(tx, &organization)?;
        let mut creation = Creation {
            id: format!("car-{}", call.ids().lower(32)),
            organization: organization.id.clone(),
            name: input.account_name.clone(),
            requested: call.now.milliseconds(),
            ..Creation::default()
        };
        let taken = |account: &accounts::Account| account.email.eq_ignore_ascii_case(&input.email);
        if accounts::list(tx.reads())?.iter().any(taken) {
            creation.failure = Some("EMAIL_ALREADY_EXISTS".to_owned());
        } else {
            creation.account = Some(make(call, tx, &organization, input, tags)?);
        }
        creations::put(tx, &creation)?;
        let status = CreateAccountStatus {
            state: Some("IN_PROGRESS".to_owned()),
            completed_timestamp: None,
            account_id: None,
            failure_reason: None,
            ..view::creation(&creation)
        };
        Ok(CreateAccountResponse { create_account_status: Some(status) })
    }
}

fn require_room(tx: &Tx, organization: &Organization) -> Result<()> {
    let nodes = organization::nodes(tx.reads(), &organization.id)?;
    if nodes.iter().filter(|node| place::Kind::of(&node.id) == place::Kind::Account).count() >= ACCOUNTS_MAX {
        return Err(errors::constraint(
            "ACCOUNT_NUMBER_LIMIT_EXCEEDED",
            "You have exceeded the allowed number of AWS accounts.",
        ));
    }
    Ok(())
}

fn make(
    call: &Call<'_>,
    tx: &mut Tx,
    organization: &Organization,
    input: &CreateAccountRequest,
    tags: Tags,
) -> Result<String> {
    let mut free = None;
    for _ in 0..DRAWS {
        let id = call.ids().digits(12);
        if accounts::find(tx.reads(), &id)?.is_none() {
            free = Some(id);
            break;
        }
    }
    let id = free.ok_or_else(|| Error::internal("no free account number was found"))?;
    genesis::create_account(tx, call.world, &id, &input.account_name, &input.email)?;
    let role = input.role_name.as_deref().unwrap_or(genesis::ACCESS_ROLE);
    genesis::create_access_role(tx, call.world, &id, &organization.management, role)?;
    let mut node = place::new(organization, id.clone(), &organization.root, tags);
    node.joined = Some((call.now.milliseconds(), "CREATED".to_owned()));
    organization::put_node(tx, &node)?;
    kage_record::logging::join(tx, &organization.management, &id)?;
    Ok(id)
}

/// Shows what became of a request for an account.
pub struct DescribeCreateAccountStatus;

impl Operation for DescribeCreateAccountStatus {
    shape!(DESCRIBE_CREATE_ACCOUNT_STATUS: DescribeCreateAccountStatusRequest -> DescribeCreateAccountStatusResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Administrators)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:DescribeCreateAccountStatus", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<DescribeCreateAccountStatusResponse> {
        let found = creations::find(tx, &scoped.organization.id, &input.create_account_request_id)?;
        let creation = found.ok_or_else(errors::no_creation)?;
        Ok(DescribeCreateAccountStatusResponse { create_account_status: Some(view::creation(&creation)) })
    }
}

/// Lists the requests for accounts.
pub struct ListCreateAccountStatus;

impl Operation for ListCreateAccountStatus {
    shape!(LIST_CREATE_ACCOUNT_STATUS: ListCreateAccountStatusRequest -> ListCreateAccountStatusResponse on Scoped<()>);

    fn resolve(call: &Call<'_>, tx: &Tx, _: &Self::Input) -> Result<Lookup<Scoped<()>>> {
        scope::whole(call, tx, Who::Administrators)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Scoped<()>>) -> Access {
        Access::on("organizations:ListCreateAccountStatus", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scoped: Scoped<()>,
        input: &Self::Input,
    ) -> Result<ListCreateAccountStatusResponse> {
        let mut all = creations::list(tx, &scoped.organization.id)?;
        if let Some(states) = &input.states {
            all.retain(|creation| states.iter().any(|state| state == creation.state()));
        }
        let token = input.next_token.as_deref();
        let page = pages::cut(call, all, |creation| creation.id.clone(), token, input.max_results)?;
        Ok(ListCreateAccountStatusResponse {
            create_account_statuses: Some(page.items.iter().map(view::creation).collect()),
            next_token: page.next,
        })
    }
}
