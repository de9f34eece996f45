//! Nouns in the shapes of the API.

use crate::function::{Alias, Code, Function};
use crate::place::Place;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kage_api_lambda::types::{
    AliasConfiguration, AliasRoutingConfiguration, DeadLetterConfig, EnvironmentResponse, EphemeralStorage,
    FunctionConfiguration, Layer, LoggingConfig, SnapStartResponse, TracingConfigResponse,
};
use kage_core::Millis;
use kage_schema::Timestamp;
use std::collections::BTreeMap;

/// `2026-01-02T03:04:05.000+0000`, as Lambda writes times in text.
pub fn time(at: Millis) -> String {
    let text = Timestamp(at.saturating_sub(at.rem_euclid(1000))).iso8601();
    let seconds = text.split(['.', 'Z']).next().unwrap_or_default();
    format!("{seconds}.{:03}+0000", at.rem_euclid(1000))
}

/// The digest of a package as the API shows it.
pub fn digest(code: &Code) -> String {
    STANDARD.encode(hex::decode(&code.sha256).unwrap_or_default())
}

/// A version. Its members are those of recorded answers.
pub fn configuration(
    function: &Function,
    qualified: bool,
    environment: Option<EnvironmentResponse>,
) -> FunctionConfiguration {
    let settings = &function.settings;
    let text = |text: &str| Some(text.to_owned());
    let layers: Vec<Layer> = settings
        .layers
        .iter()
        .map(|layer| Layer { arn: text(&layer.arn), code_size: Some(layer.code.size), ..Layer::default() })
        .collect();
    let (state, reason, code) = match function.pending {
        true => ("Pending", text("The function is being created."), text("Creating")),
        false => ("Active", None, None),
    };
    let (update, update_reason, update_code) = match function.updating {
        true => (text("InProgress"), text("The function is being created."), text("Creating")),
        false if function.pending => (None, None, None),
        false => (text("Successful"), None, None),
    };
    FunctionConfiguration {
        function_name: text(&function.name),
        function_arn: Some(function.shown_arn(qualified)),
        runtime: text(&settings.runtime),
        role: text(&settings.role),
        handler: text(&settings.handler),
        code_size: Some(function.code.size),
        description: text(&settings.description),
        timeout: Some(settings.timeout),
        memory_size: Some(settings.memory),
        last_modified: Some(time(function.modified)),
        code_sha256: Some(digest(&function.code)),
        version: text(&function.version),
        dead_letter_config: settings
            .dead_letter
            .as_ref()
            .map(|target| DeadLetterConfig { target_arn: Some(target.clone()) }),
        environment,
        kms_key_arn: settings.kms_key.clone(),
        tracing_config: Some(TracingConfigResponse { mode: text(&settings.tracing) }),
        revision_id: text(&function.revision),
        layers: (!layers.is_empty()).then_some(layers),
        state: text(state),
        state_reason: reason,
        state_reason_code: code,
        last_update_status: update,
        last_update_status_reason: update_reason,
        last_update_status_reason_code: update_code,
        package_type: text("Zip"),
        architectures: Some(vec![settings.architecture.clone()]),
        ephemeral_storage: Some(EphemeralStorage { size: settings.storage }),
        snap_start: Some(SnapStartResponse { apply_on: text("None"), optimization_status: text("Off") }),
        logging_config: Some(LoggingConfig {
            log_format: text(&settings.log_format),
            log_group: Some(function.log_group()),
            ..LoggingConfig::default()
        }),
        ..FunctionConfiguration::default()
    }
}

/// An alias.
pub fn alias(place: &Place, alias: &Alias) -> AliasConfiguration {
    let weights = alias.other.as_ref().map(|(version, millionths)| {
        let weights = BTreeMap::from([(version.clone(), f64::from(*millionths) / 1e6)]);
        AliasRoutingConfiguration { additional_version_weights: Some(weights) }
    });
    AliasConfiguration {
        alias_arn: Some(format!("{}:{}", place.arn(), alias.name)),
        name: Some(alias.name.clone()),
        function_version: Some(alias.version.clone()),
        description: Some(alias.description.clone()),
        routing_config: weights,
        revision_id: Some(alias.revision.clone()),
    }
}
