//! Layers.

use crate::codes::{self, Source};
use crate::layers::{self, LayerVersion, layer_arn};
use crate::policy::{self, Permission};
use crate::{errors, pages, view};
use kage_api_lambda::types::{
    AddLayerVersionPermissionResponse, DeleteLayerVersionResponse, GetLayerVersionPolicyResponse,
    GetLayerVersionResponse, LayerVersionContentOutput, LayerVersionsListItem, LayersListItem,
    ListLayerVersionsResponse, ListLayersResponse, PublishLayerVersionResponse,
    RemoveLayerVersionPermissionResponse,
};
use kage_core::{Access, Arn, Call, Lookup, Operation, Result, Tx};

/// A layer as a call names it: account and name.
pub type Named = (String, String);

/// Reads a layer's name or ARN.
fn named(call: &Call<'_>, text: &str) -> Named {
    match Arn::parse(text) {
        Some(arn) => (arn.account.clone(), arn.of("layer").unwrap_or_default().to_owned()),
        None => (call.account.clone(), text.to_owned()),
    }
}

fn on_layer(call: &Call<'_>, action: &str, target: &Lookup<Named>) -> Access {
    match target.found() {
        Some((account, name)) => Access::to(action, layer_arn(account, &call.region, name)).owned_by(account),
        None => Access::any(action),
    }
}

fn find(call: &Call<'_>, tx: &Tx, name: &str, version: i64) -> Result<Lookup<LayerVersion>> {
    let (account, name) = named(call, name);
    let number = u64::try_from(version).unwrap_or(0);
    let arn = format!("{}:{version}", layer_arn(&account, &call.region, &name));
    Ok(match layers::find(tx.reads(), &account, &call.region, &name, number)? {
        Some(found) => Lookup::Found(found),
        None => Lookup::Missing { arn, owner: Some(account), error: errors::no_resource() },
    })
}

fn shown(version: &LayerVersion) -> GetLayerVersionResponse {
    GetLayerVersionResponse {
        content: Some(LayerVersionContentOutput {
            code_sha256: Some(view::digest(&version.code)),
            code_size: Some(version.code.size),
            ..LayerVersionContentOutput::default()
        }),
        layer_arn: Some(version.layer_arn()),
        layer_version_arn: Some(version.version_arn()),
        description: Some(version.description.clone()),
        created_date: Some(view::time(version.created)),
        version: Some(version.number()),
        compatible_architectures: version.architectures.clone(),
        compatible_runtimes: version.runtimes.clone(),
        license_info: version.license.clone(),
    }
}

fn listed(version: &LayerVersion) -> LayerVersionsListItem {
    LayerVersionsListItem {
        layer_version_arn: Some(version.version_arn()),
        version: Some(version.number()),
        description: Some(version.description.clone()),
        created_date: Some(view::time(version.created)),
        compatible_architectures: version.architectures.clone(),
        compatible_runtimes: version.runtimes.clone(),
        license_info: version.license.clone(),
    }
}

/// Whether a version is for what a list asks for.
fn fits(version: &LayerVersion, runtime: Option<&String>, architecture: Option<&String>) -> bool {
    let holds = |list: &Option<Vec<String>>, wanted: Option<&String>| {
        wanted.is_none_or(|wanted| list.as_ref().is_some_and(|list| list.contains(wanted)))
    };
    holds(&version.runtimes, runtime) && holds(&version.architectures, architecture)
}

/// Publishes a version of a layer.
pub struct PublishLayerVersion;

impl Operation for PublishLayerVersion {
    shape!(PUBLISH_LAYER_VERSION: PublishLayerVersionRequest -> PublishLayerVersionResponse, on Named, as "PublishLayerVersion20181031");

    fn resolve(call: &Call<'_>, _: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        Ok(Lookup::Found(named(call, &input.layer_name)))
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        on_layer(call, "lambda:PublishLayerVersion", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (account, name): Named,
        input: &Self::Input,
    ) -> Result<PublishLayerVersionResponse> {
        errors::refuse(&input.content.s3_object_storage_mode, "S3ObjectStorageMode")?;
        let content = &input.content;
        let source = Source {
            zip: content.zip_file.as_ref(),
            bucket: content.s3_bucket.as_deref(),
            key: content.s3_key.as_deref(),
            version: content.s3_object_version.as_deref(),
        };
        let code = codes::take(call, tx, &source)?;
        let version = LayerVersion {
            version: layers::next_number(tx, &account, &call.region, &name)?,
            account,
            region: call.region.clone(),
            name,
            description: input.description.clone().unwrap_or_default(),
            code,
            runtimes: input.compatible_runtimes.clone(),
            architectures: input.compatible_architectures.clone(),
            license: input.license_info.clone(),
            created: call.now.milliseconds(),
            policy: None,
        };
        layers::put(tx, &version)?;
        let made = shown(&version);
        Ok(PublishLayerVersionResponse {
            content: made.content,
            layer_arn: made.layer_arn,
            layer_version_arn: made.layer_version_arn,
            description: made.description,
            created_date: made.created_date,
            version: made.version,
            compatible_architectures: made.compatible_architectures,
            compatible_runtimes: made.compatible_runtimes,
            license_info: made.license_info,
        })
    }
}

/// Shows a version of a layer.
pub struct GetLayerVersion;

impl Operation for GetLayerVersion {
    shape!(GET_LAYER_VERSION: GetLayerVersionRequest -> GetLayerVersionResponse, on LayerVersion, as "GetLayerVersion20181031");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<LayerVersion>> {
        find(call, tx, &input.layer_name, input.version_number)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<LayerVersion>) -> Access {
        Access::on("lambda:GetLayerVersion", target)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        target: LayerVersion,
        _: &Self::Input,
    ) -> Result<GetLayerVersionResponse> {
        Ok(shown(&target))
    }
}

/// Shows a version of a layer by its ARN.
pub struct GetLayerVersionByArn;

impl Operation for GetLayerVersionByArn {
    shape!(GET_LAYER_VERSION_BY_ARN: GetLayerVersionByArnRequest -> GetLayerVersionResponse, on LayerVersion, as "GetLayerVersion20181031");

    fn resolve(_: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<LayerVersion>> {
        Ok(match layers::by_arn(tx.reads(), &input.arn)? {
            Some(found) => Lookup::Found(found),
            None => {
                let owner = Arn::parse(&input.arn).map(|arn| arn.account);
                Lookup::Missing { arn: input.arn.clone(), owner, error: errors::no_resource() }
            }
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<LayerVersion>) -> Access {
        Access::on("lambda:GetLayerVersion", target)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        target: LayerVersion,
        _: &Self::Input,
    ) -> Result<GetLayerVersionResponse> {
        Ok(shown(&target))
    }
}

/// Deletes a version; functions that use it keep its package. One that is not there is no error.
pub struct DeleteLayerVersion;

impl Operation for DeleteLayerVersion {
    shape!(DELETE_LAYER_VERSION: DeleteLayerVersionRequest -> DeleteLayerVersionResponse, on Named, as "DeleteLayerVersion20181031");

    fn resolve(call: &Call<'_>, _: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        Ok(Lookup::Found(named(call, &input.layer_name)))
    }

    fn access(call: &Call<'_>, input: &Self::Input, target: &Lookup<Named>) -> Access {
        let (account, name) = target.found().cloned().unwrap_or_default();
        let arn = format!("{}:{}", layer_arn(&account, &call.region, &name), input.version_number);
        Access::to("lambda:DeleteLayerVersion", arn).owned_by(account)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (account, name): Named,
        input: &Self::Input,
    ) -> Result<DeleteLayerVersionResponse> {
        let number = u64::try_from(input.version_number).unwrap_or(0);
        if let Some(version) = layers::find(tx.reads(), &account, &call.region, &name, number)? {
            codes::release(tx, &version.code)?;
            layers::remove(tx, &version);
        }
        Ok(DeleteLayerVersionResponse {})
    }
}

/// Lists layers with their latest versions.
pub struct ListLayers;

impl Operation for ListLayers {
    shape!(LIST_LAYERS: ListLayersRequest -> ListLayersResponse, on (), as "ListLayers20181031");

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("lambda:ListLayers")
    }

    fn run(call: &Call<'_>, tx: &mut Tx, (): (), input: &Self::Input) -> Result<ListLayersResponse> {
        let mut latest: Vec<LayerVersion> = Vec::new();
        for version in layers::all(tx.reads(), &call.account, &call.region)? {
            if fits(&version, input.compatible_runtime.as_ref(), input.compatible_architecture.as_ref()) {
                latest.retain(|other| other.name != version.name);
                latest.push(version);
            }
        }
        let page =
            pages::cut(latest, |version| version.name.clone(), input.marker.as_deref(), input.max_items)?;
        let item = |version: &LayerVersion| LayersListItem {
            layer_name: Some(version.name.clone()),
            layer_arn: Some(version.layer_arn()),
            latest_matching_version: Some(listed(version)),
        };
        Ok(ListLayersResponse { next_marker: page.next, layers: Some(page.items.iter().map(item).collect()) })
    }
}

/// Lists the versions of a layer, newest first.
pub struct ListLayerVersions;

impl Operation for ListLayerVersions {
    shape!(LIST_LAYER_VERSIONS: ListLayerVersionsRequest -> ListLayerVersionsResponse, on Named, as "ListLayerVersions20181031");

    fn resolve(call: &Call<'_>, _: &Tx, input: &Self::Input) -> Result<Lookup<Named>> {
        Ok(Lookup::Found(named(call, &input.layer_name)))
    }

    fn access(call: &Call<'_>, _: &Self::Input, target: &Lookup<Named>) -> Access {
        on_layer(call, "lambda:ListLayerVersions", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (account, name): Named,
        input: &Self::Input,
    ) -> Result<ListLayerVersionsResponse> {
        let mut all = layers::versions(tx.reads(), &account, &call.region, &name)?;
        all.retain(|version| {
            fits(version, input.compatible_runtime.as_ref(), input.compatible_architecture.as_ref())
        });
        all.reverse();
        let key = |version: &LayerVersion| format!("{:020}", u64::MAX.saturating_sub(version.version));
        let page = pages::cut(all, key, input.marker.as_deref(), input.max_items)?;
        Ok(ListLayerVersionsResponse {
            next_marker: page.next,
            layer_versions: Some(page.items.iter().map(listed).collect()),
        })
    }
}

/// Lets others use a version of a layer.
pub struct AddLayerVersionPermission;

impl Operation for AddLayerVersionPermission {
    shape!(ADD_LAYER_VERSION_PERMISSION: AddLayerVersionPermissionRequest -> AddLayerVersionPermissionResponse, on LayerVersion, as "AddLayerVersionPermission20181031");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<LayerVersion>> {
        find(call, tx, &input.layer_name, input.version_number)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<LayerVersion>) -> Access {
        Access::on("lambda:AddLayerVersionPermission", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut target: LayerVersion,
        input: &Self::Input,
    ) -> Result<AddLayerVersionPermissionResponse> {
        let mut row = target.policy.take().unwrap_or_default();
        if input.revision_id.as_ref().is_some_and(|revision| *revision != row.revision) {
            return Err(errors::stale_revision());
        }
        if input.organization_id.is_some() && input.principal != "*" {
            return Err(errors::invalid("OrganizationId can only be specified with the principal *."));
        }
        let organization = input.organization_id.as_deref();
        let permission = Permission {
            action: &input.action,
            principal: &input.principal,
            conditions: organization
                .map(|id| ("StringEquals", "aws:PrincipalOrgID", id))
                .into_iter()
                .collect(),
        };
        let statement =
            policy::statement(call, tx.reads(), &input.statement_id, &target.version_arn(), &permission)?;
        let text = statement.to_string();
        policy::add(call, tx.reads(), &mut row, &input.statement_id, statement)?;
        let revision = row.revision.clone();
        target.policy = Some(row);
        layers::put(tx, &target)?;
        Ok(AddLayerVersionPermissionResponse { statement: Some(text), revision_id: Some(revision) })
    }
}

/// Takes a permission back.
pub struct RemoveLayerVersionPermission;

impl Operation for RemoveLayerVersionPermission {
    shape!(REMOVE_LAYER_VERSION_PERMISSION: RemoveLayerVersionPermissionRequest -> RemoveLayerVersionPermissionResponse, on LayerVersion, as "RemoveLayerVersionPermission20181031");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<LayerVersion>> {
        find(call, tx, &input.layer_name, input.version_number)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<LayerVersion>) -> Access {
        Access::on("lambda:RemoveLayerVersionPermission", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        mut target: LayerVersion,
        input: &Self::Input,
    ) -> Result<RemoveLayerVersionPermissionResponse> {
        let mut row = target
            .policy
            .take()
            .ok_or_else(|| errors::not_found("No policy is associated with the given resource."))?;
        if input.revision_id.as_ref().is_some_and(|revision| *revision != row.revision) {
            return Err(errors::stale_revision());
        }
        policy::remove(call, tx.reads(), &mut row, &input.statement_id)?;
        target.policy = Some(row).filter(|row| !row.statements.is_empty());
        layers::put(tx, &target)?;
        Ok(RemoveLayerVersionPermissionResponse {})
    }
}

/// Shows the policy of a version of a layer.
pub struct GetLayerVersionPolicy;

impl Operation for GetLayerVersionPolicy {
    shape!(GET_LAYER_VERSION_POLICY: GetLayerVersionPolicyRequest -> GetLayerVersionPolicyResponse, on LayerVersion, as "GetLayerVersionPolicy20181031");

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<LayerVersion>> {
        find(call, tx, &input.layer_name, input.version_number)
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<LayerVersion>) -> Access {
        Access::on("lambda:GetLayerVersionPolicy", target)
    }

    fn run(
        _: &Call<'_>,
        _: &mut Tx,
        target: LayerVersion,
        _: &Self::Input,
    ) -> Result<GetLayerVersionPolicyResponse> {
        let row = target
            .policy
            .ok_or_else(|| errors::not_found("No policy is associated with the given resource."))?;
        Ok(GetLayerVersionPolicyResponse {
            policy: Some(policy::document(&row.statements)),
            revision_id: Some(row.revision),
        })
    }
}
