//! Saved queries.

use crate::pages::{self, Asked};
use crate::queries::{self, Definition};
use crate::{errors, named};
use kage_api_logs::types::{
    DeleteQueryDefinitionResponse, DescribeQueryDefinitionsResponse, PutQueryDefinitionResponse,
    QueryDefinition,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};

/// AWS: user guide, "CloudWatch Logs quotas": 1,000 query definitions per Region and account.
const MOST: usize = 1_000;

/// Saves a query.
pub struct PutQueryDefinition;

impl Operation for PutQueryDefinition {
    shape!(PUT_QUERY_DEFINITION: PutQueryDefinitionRequest -> PutQueryDefinitionResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        named::on_account(call, "logs:PutQueryDefinition")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<PutQueryDefinitionResponse> {
        errors::refuse(&input.parameters, "parameters")?;
        errors::refuse(&input.client_token, "clientToken")?;
        if let Some(language) = input.query_language.as_deref().filter(|language| *language != "CWLI") {
            return Err(errors::not_modelled(&format!("queryLanguage {language}")));
        }
        let all = queries::list_definitions(tx.reads(), &call.account, &call.region)?;
        let id = match &input.query_definition_id {
            // AWS: model, PutQueryDefinition$queryDefinitionId: given to change one that is there.
            Some(id) if all.iter().any(|known| known.id == *id) => id.clone(),
            Some(_) => return Err(errors::missing("query definition")),
            None if all.len() >= MOST => return Err(errors::limit()),
            None => call.ids().uuid(),
        };
        let definition = Definition {
            id: id.clone(),
            name: input.name.clone(),
            text: input.query_string.clone(),
            groups: input.log_group_names.clone(),
            modified: call.now.milliseconds(),
        };
        queries::put_definition(tx, &call.account, &call.region, &definition)?;
        Ok(PutQueryDefinitionResponse { query_definition_id: Some(id) })
    }
}

/// Lists saved queries.
pub struct DescribeQueryDefinitions;

impl Operation for DescribeQueryDefinitions {
    shape!(DESCRIBE_QUERY_DEFINITIONS: DescribeQueryDefinitionsRequest -> DescribeQueryDefinitionsResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        named::on_account(call, "logs:DescribeQueryDefinitions")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<DescribeQueryDefinitionsResponse> {
        let mut found = queries::list_definitions(tx.reads(), &call.account, &call.region)?;
        if let Some(prefix) = &input.query_definition_name_prefix {
            found.retain(|definition| definition.name.starts_with(prefix));
        }
        let asked = Asked { default: 1_000, ..Asked::fifty(input.next_token.as_ref(), input.max_results) };
        let page =
            pages::cut(call, found, |definition| format!("{}\n{}", definition.name, definition.id), &asked)?;
        let show = |definition: Definition| QueryDefinition {
            query_language: Some("CWLI".to_owned()),
            query_definition_id: Some(definition.id),
            name: Some(definition.name),
            query_string: Some(definition.text),
            last_modified: Some(definition.modified),
            log_group_names: definition.groups,
            parameters: None,
        };
        Ok(DescribeQueryDefinitionsResponse {
            query_definitions: Some(page.items.into_iter().map(show).collect()),
            next_token: page.next,
        })
    }
}

/// Removes a saved query.
pub struct DeleteQueryDefinition;

impl Operation for DeleteQueryDefinition {
    shape!(DELETE_QUERY_DEFINITION: DeleteQueryDefinitionRequest -> DeleteQueryDefinitionResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        named::on_account(call, "logs:DeleteQueryDefinition")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<DeleteQueryDefinitionResponse> {
        match queries::remove_definition(tx, &call.account, &call.region, &input.query_definition_id) {
            true => Ok(DeleteQueryDefinitionResponse { success: Some(true) }),
            false => Err(errors::missing("query definition")),
        }
    }
}
