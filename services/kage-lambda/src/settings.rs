//! What may be configured: values that the model does not check, and members that are not modelled.

use crate::errors::{self, refuse};
use crate::function::{Code, LayerUse, Settings};
use crate::layers;
use kage_api_lambda::types::{CreateFunctionRequest, UpdateFunctionConfigurationRequest};
use kage_core::{Access, Call, Lookup, Result, ServiceRole, Tx};

/// What both requests may say; `None` leaves a value as it is.
#[derive(Default)]
pub struct Wanted<'a> {
    /// The runtime.
    pub runtime: Option<&'a str>,
    /// The handler.
    pub handler: Option<&'a str>,
    /// The execution role.
    pub role: Option<&'a str>,
    /// What the owner says.
    pub description: Option<&'a str>,
    /// Seconds.
    pub timeout: Option<i32>,
    /// MiB.
    pub memory: Option<i32>,
    /// MiB.
    pub storage: Option<i32>,
    /// The KMS key; empty for none.
    pub kms_key: Option<&'a str>,
    /// Layer versions.
    pub layers: Option<&'a [String]>,
    /// The dead-letter target; empty for none.
    pub dead_letter: Option<&'a str>,
    /// The log group.
    pub log_group: Option<&'a str>,
}

// AWS: Lambda developer guide, "Lambda runtimes"; the ones that this double can run.
const RUNTIMES: [&str; 13] = [
    "nodejs18.x",
    "nodejs20.x",
    "nodejs22.x",
    "nodejs24.x",
    "python3.9",
    "python3.10",
    "python3.11",
    "python3.12",
    "python3.13",
    "python3.14",
    "python3.15",
    "provided.al2",
    "provided.al2023",
];
// AWS: the same page, deprecated runtimes whose "block function create" date has passed.
const GONE: [&str; 21] = [
    "nodejs",
    "nodejs4.3",
    "nodejs6.10",
    "nodejs8.10",
    "nodejs10.x",
    "nodejs12.x",
    "nodejs14.x",
    "nodejs16.x",
    "nodejs4.3-edge",
    "python2.7",
    "python3.6",
    "python3.7",
    "python3.8",
    "go1.x",
    "provided",
    "java8",
    "dotnetcore1.0",
    "dotnetcore2.0",
    "dotnetcore2.1",
    "dotnetcore3.1",
    "ruby2.5",
];

impl<'a> Wanted<'a> {
    /// What CreateFunction asks for.
    ///
    /// # Errors
    /// `NotImplemented` for members that are not modelled.
    pub fn created(input: &'a CreateFunctionRequest) -> Result<Wanted<'a>> {
        if input.package_type.as_deref().is_some_and(|kind| kind != "Zip") || input.code.image_uri.is_some() {
            return Err(errors::not_modelled("PackageType Image"));
        }
        let vpc = input.vpc_config.as_ref().and_then(|config| config.subnet_ids.as_ref());
        refuse(&vpc.filter(|subnets| !subnets.is_empty()), "VpcConfig")?;
        refuse(&input.publish_to, "PublishTo")?;
        refuse(&input.code_signing_config_arn, "CodeSigningConfigArn")?;
        refuse(&input.image_config, "ImageConfig")?;
        refuse(&input.tenancy_config, "TenancyConfig")?;
        refuse(&input.capacity_provider_config, "CapacityProviderConfig")?;
        refuse(&input.durable_config, "DurableConfig")?;
        refuse(&input.runtime_config, "RuntimeConfig")?;
        refuse(&input.accelerator_config, "AcceleratorConfig")?;
        refuse(&input.code.source_kms_key_arn, "SourceKMSKeyArn")?;
        refuse(&input.code.s3_object_storage_mode, "S3ObjectStorageMode")?;
        refuse(
            &input.file_system_configs.as_ref().filter(|configs| !configs.is_empty()),
            "FileSystemConfigs",
        )?;
        let snap = input.snap_start.as_ref().and_then(|snap| snap.apply_on.as_deref());
        refuse(&snap.filter(|on| *on != "None"), "SnapStart")?;
        require_plain_logging(input.logging_config.as_ref())?;
        require_no_tracing(input.tracing_config.as_ref())?;
        Ok(Wanted {
            runtime: input.runtime.as_deref(),
            handler: input.handler.as_deref(),
            role: Some(&input.role),
            description: input.description.as_deref(),
            timeout: input.timeout,
            memory: input.memory_size,
            storage: input.ephemeral_storage.as_ref().map(|storage| storage.size),
            kms_key: input.kms_key_arn.as_deref(),
            layers: input.layers.as_deref(),
            dead_letter: input.dead_letter_config.as_ref().and_then(|config| config.target_arn.as_deref()),
            log_group: input.logging_config.as_ref().and_then(|config| config.log_group.as_deref()),
        })
    }

    /// What UpdateFunctionConfiguration asks for.
    ///
    /// # Errors
    /// `NotImplemented` for members that are not modelled.
    pub fn updated(input: &'a UpdateFunctionConfigurationRequest) -> Result<Wanted<'a>> {
        let vpc = input.vpc_config.as_ref().and_then(|config| config.subnet_ids.as_ref());
        refuse(&vpc.filter(|subnets| !subnets.is_empty()), "VpcConfig")?;
        refuse(&input.image_config, "ImageConfig")?;
        refuse(&input.capacity_provider_config, "CapacityProviderConfig")?;
        refuse(&input.durable_config, "DurableConfig")?;
        refuse(&input.runtime_config, "RuntimeConfig")?;
        refuse(&input.accelerator_config, "AcceleratorConfig")?;
        refuse(
            &input.file_system_configs.as_ref().filter(|configs| !configs.is_empty()),
            "FileSystemConfigs",
        )?;
        let snap = input.snap_start.as_ref().and_then(|snap| snap.apply_on.as_deref());
        refuse(&snap.filter(|on| *on != "None"), "SnapStart")?;
        require_plain_logging(input.logging_config.as_ref())?;
        require_no_tracing(input.tracing_config.as_ref())?;
        Ok(Wanted {
            runtime: input.runtime.as_deref(),
            handler: input.handler.as_deref(),
            role: input.role.as_deref(),
            description: input.description.as_deref(),
            timeout: input.timeout,
            memory: input.memory_size,
            storage: input.ephemeral_storage.as_ref().map(|storage| storage.size),
            kms_key: input.kms_key_arn.as_deref(),
            layers: input.layers.as_deref(),
            dead_letter: input.dead_letter_config.as_ref().and_then(|config| config.target_arn.as_deref()),
            log_group: input.logging_config.as_ref().and_then(|config| config.log_group.as_deref()),
        })
    }

    /// Changes settings to what is wanted.
    ///
    /// # Errors
    /// `InvalidParameterValueException`, and a denial of a layer.
    pub fn apply(&self, call: &Call<'_>, tx: &mut Tx, settings: &mut Settings) -> Result<()> {
        if let Some(runtime) = self.runtime {
            require_runtime(runtime)?;
            runtime.clone_into(&mut settings.runtime);
        }
        let copy = |to: &mut String, from: Option<&str>| {
            if let Some(from) = from {
                from.clone_into(to);
            }
        };
        copy(&mut settings.handler, self.handler);
        copy(&mut settings.role, self.role);
        copy(&mut settings.description, self.description);
        // AWS: Lambda quotas: 900 s, 10,240 MB of memory, 10,240 MB of /tmp. The model's limits are wider.
        settings.timeout = number("Timeout", self.timeout, settings.timeout, 900)?;
        settings.memory = number("MemorySize", self.memory, settings.memory, 10_240)?;
        settings.storage = number("EphemeralStorage.Size", self.storage, settings.storage, 10_240)?;
        let optional = |to: &mut Option<String>, from: Option<&str>| {
            if let Some(from) = from {
                *to = Some(from.to_owned()).filter(|from| !from.is_empty());
            }
        };
        optional(&mut settings.kms_key, self.kms_key);
        optional(&mut settings.log_group, self.log_group);
        if let Some(target) = self.dead_letter.filter(|target| !target.is_empty()) {
            require_dead_letter(target)?;
        }
        optional(&mut settings.dead_letter, self.dead_letter);
        if let Some(wanted) = self.layers {
            settings.layers = take_layers(call, tx, wanted)?;
        }
        Ok(())
    }
}

fn number(name: &str, wanted: Option<i32>, before: i32, most: i32) -> Result<i32> {
    match wanted {
        Some(value) if value > most => Err(errors::invalid(format!(
            "'{name}' value failed to satisfy constraint: Member must have value less than or equal to {most}"
        ))),
        Some(value) => Ok(value),
        None => Ok(before),
    }
}

fn require_runtime(runtime: &str) -> Result<()> {
    if RUNTIMES.contains(&runtime) {
        return Ok(());
    }
    if GONE.contains(&runtime) {
        return Err(errors::invalid(format!(
            "The runtime parameter of {runtime} is no longer supported for creating or updating AWS Lambda functions. We recommend you use a supported runtime while creating or updating functions."
        )));
    }
    Err(errors::not_modelled(&format!("Runtime {runtime}")))
}

fn require_plain_logging(config: Option<&kage_api_lambda::types::LoggingConfig>) -> Result<()> {
    let Some(config) = config else { return Ok(()) };
    refuse(&config.log_format.as_deref().filter(|format| *format != "Text"), "LogFormat JSON")?;
    refuse(&config.application_log_level, "ApplicationLogLevel")?;
    refuse(&config.system_log_level, "SystemLogLevel")
}

fn require_no_tracing(config: Option<&kage_api_lambda::types::TracingConfig>) -> Result<()> {
    let mode = config.and_then(|config| config.mode.as_deref());
    refuse(&mode.filter(|mode| *mode != "PassThrough"), "TracingConfig Active")
}

fn require_dead_letter(target: &str) -> Result<()> {
    let service = kage_core::Arn::parse(target).map(|arn| arn.service);
    match service.as_deref() {
        Some("sqs" | "sns") => Ok(()),
        _ => Err(errors::invalid(format!(
            "The provided dead letter target is not a valid SQS queue or SNS topic ARN: {target}"
        ))),
    }
}

/// The layers by their ARNs, each of which the caller must be allowed to read.
fn take_layers(call: &Call<'_>, tx: &mut Tx, wanted: &[String]) -> Result<Vec<LayerUse>> {
    // AWS: Lambda quotas, "Function layers": five.
    if wanted.len() > 5 {
        return Err(errors::invalid("Cannot reference more than 5 layers."));
    }
    let mut taken: Vec<LayerUse> = Vec::new();
    for arn in wanted {
        let found = layers::by_arn(tx.reads(), arn)?;
        let access = match &found {
            Some(version) => Access::on("lambda:GetLayerVersion", &Lookup::Found(version.clone())),
            None => Access::to("lambda:GetLayerVersion", arn.as_str()),
        };
        call.require_allowed(tx, access)?;
        let Some(version) = found else {
            return Err(errors::invalid(format!("Layer version {arn} does not exist.")));
        };
        let layer = version.layer_arn();
        if taken.iter().any(|other| other.arn.rsplit_once(':').is_some_and(|(before, _)| before == layer)) {
            return Err(errors::invalid(format!(
                "Two different versions of the same layer are not allowed to be referenced in the same function. {arn}"
            )));
        }
        taken.push(LayerUse { arn: arn.clone(), code: version.code });
    }
    Ok(taken)
}

/// The role as Lambda assumes it for a function. `aws:SourceArn` is the function.
// AWS: Lambda developer guide, "Defining Lambda function permissions with an execution role": the session is named after the function.
pub fn service_role(role: &str, function_arn: &str, account: &str) -> ServiceRole {
    let name = function_arn.rsplit(':').next().unwrap_or_default();
    // The name of a session has 2 to 64 characters, that of a function 1 to 64.
    let name = if name.len() < 2 { format!("awslambda_{name}") } else { name.to_owned() };
    ServiceRole {
        service: "lambda.amazonaws.com",
        role_arn: role.to_owned(),
        session_name: name.chars().take(64).collect(),
        source_arn: Some(function_arn.to_owned()),
        source_account: Some(account.to_owned()),
    }
}

/// All packages of a function.
pub fn codes(code: &Code, settings: &Settings) -> Vec<Code> {
    let layers = settings.layers.iter().map(|layer| layer.code.clone());
    std::iter::once(code.clone()).chain(layers).collect()
}
