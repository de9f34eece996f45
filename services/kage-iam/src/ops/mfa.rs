//! Virtual MFA devices.

use crate::bearer::{self, Bearer};
use crate::{errors, pages, qr, tagging, view};
use kage_api_iam::types::{
    self as api, CreateVirtualMFADeviceResponse, DeactivateMFADeviceResponse, DeleteVirtualMFADeviceResponse,
    EnableMFADeviceResponse, GetMFADeviceResponse, ListMFADevicesResponse, ListVirtualMFADevicesResponse,
    ResyncMFADeviceResponse, VirtualMFADevice,
};
use kage_core::{Access, Call, Lookup, Operation, Result, Tx};
use kage_identity::mfa::{self, Device};
use kage_identity::users;
use kage_schema::Blob;

/// AWS: IAM user guide, "IAM and AWS STS quotas": MFA devices in use by one user.
const DEVICES_PER_USER_MAX: usize = 8;
/// Bytes of a seed; its base-32 form has 64 letters, as AWS's.
const SEED_BYTES: usize = 40;
/// The name by which the root user's devices are kept.
const ROOT: &str = "";

fn owner_name(bearer: &Bearer) -> &str {
    bearer.name().unwrap_or(ROOT)
}

/// The device of this serial number, if the bearer has it.
fn device_of(call: &Call<'_>, tx: &Tx, bearer: &Bearer, serial: &str) -> Result<Device> {
    let device = mfa::find(tx.reads(), &call.account, serial)?;
    let held = |device: &Device| {
        device.user.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(owner_name(bearer)))
    };
    device.filter(held).ok_or_else(errors::not_the_users_device)
}

/// Makes a virtual device. Its seed is in this answer and never shown again.
pub struct CreateVirtualMFADevice;

impl Operation for CreateVirtualMFADevice {
    shape!(CREATE_VIRTUAL_MFA_DEVICE: CreateVirtualMFADeviceRequest -> CreateVirtualMFADeviceResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(call: &Call<'_>, input: &Self::Input, _: &Lookup<()>) -> Access {
        let path = input.path.as_deref().unwrap_or("/");
        let arn = call.global_arn("iam", format!("mfa{path}{}", input.virtual_mfa_device_name));
        let access = Access::to("iam:CreateVirtualMFADevice", &arn);
        tagging::on_create(access, "iam:TagMFADevice", &arn, input.tags.as_ref())
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<CreateVirtualMFADeviceResponse> {
        let name = &input.virtual_mfa_device_name;
        if mfa::find_by_name(tx.reads(), &call.account, name)?.is_some() {
            return Err(errors::exists("MFADevice entity at the same path and name already exists."));
        }
        let seed = call.rng().bytes::<SEED_BYTES>();
        let device = Device {
            account: call.account.clone(),
            name: name.clone(),
            path: input.path.clone().unwrap_or_else(|| "/".to_owned()),
            created: call.now.milliseconds(),
            seed: hex::encode(seed),
            tags: tagging::of_new(input.tags.as_ref())?,
            ..Device::default()
        };
        mfa::put(tx, &device)?;
        let secret = qr::base32(&seed);
        let picture = qr::png(&qr::enrolment(&device.name, &device.account, &secret));
        Ok(CreateVirtualMFADeviceResponse {
            virtual_mfa_device: VirtualMFADevice {
                serial_number: device.serial(),
                base32_string_seed: Some(Blob(secret.into_bytes())),
                qr_code_png: picture.map(Blob),
                tags: tagging::view(&device.tags),
                ..VirtualMFADevice::default()
            },
        })
    }
}

/// Gives a device to a user, who proves to have it by two codes in a row.
pub struct EnableMFADevice;

impl Operation for EnableMFADevice {
    shape!(ENABLE_MFA_DEVICE: EnableMFADeviceRequest -> EnableMFADeviceResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, Some(&input.user_name))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:EnableMFADevice", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        bearer: Bearer,
        input: &Self::Input,
    ) -> Result<EnableMFADeviceResponse> {
        let Bearer::User(mut user) = bearer else { return Err(errors::no_user(&input.user_name)) };
        let serial = &input.serial_number;
        let found = mfa::find(tx.reads(), &call.account, serial)?;
        let mut device = found.ok_or_else(|| errors::no_device(serial))?;
        if device.user.is_some() {
            return Err(errors::exists("MFA Device is already in use."));
        }
        if user.mfa.len() >= DEVICES_PER_USER_MAX {
            return Err(errors::quota("MFADevicesPerUser", DEVICES_PER_USER_MAX));
        }
        let now = call.now.milliseconds();
        if !device.synchronise(&input.authentication_code1, &input.authentication_code2, now) {
            return Err(errors::wrong_codes());
        }
        device.user = Some(user.name.clone());
        device.enabled = Some(now);
        user.mfa.push((device.serial(), now));
        mfa::put(tx, &device)?;
        users::put(tx, &user)?;
        Ok(EnableMFADeviceResponse {})
    }
}

/// Learns anew how far the clock of a device is off.
pub struct ResyncMFADevice;

impl Operation for ResyncMFADevice {
    shape!(RESYNC_MFA_DEVICE: ResyncMFADeviceRequest -> ResyncMFADeviceResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, Some(&input.user_name))
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:ResyncMFADevice", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        bearer: Bearer,
        input: &Self::Input,
    ) -> Result<ResyncMFADeviceResponse> {
        let mut device = device_of(call, tx, &bearer, &input.serial_number)?;
        let now = call.now.milliseconds();
        if !device.synchronise(&input.authentication_code1, &input.authentication_code2, now) {
            return Err(errors::wrong_codes());
        }
        mfa::put(tx, &device)?;
        Ok(ResyncMFADeviceResponse {})
    }
}

/// Takes a device from its user.
pub struct DeactivateMFADevice;

impl Operation for DeactivateMFADevice {
    shape!(DEACTIVATE_MFA_DEVICE: DeactivateMFADeviceRequest -> DeactivateMFADeviceResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:DeactivateMFADevice", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        bearer: Bearer,
        input: &Self::Input,
    ) -> Result<DeactivateMFADeviceResponse> {
        let device = device_of(call, tx, &bearer, &input.serial_number)?;
        let serial = device.serial();
        mfa::put(tx, &Device { user: None, enabled: None, drift: 0, last_step: None, ..device })?;
        if let Bearer::User(mut user) = bearer {
            user.mfa.retain(|(known, _)| *known != serial);
            users::put(tx, &user)?;
        }
        Ok(DeactivateMFADeviceResponse {})
    }
}

/// Deletes a device that belongs to nobody.
pub struct DeleteVirtualMFADevice;

impl Operation for DeleteVirtualMFADevice {
    shape!(DELETE_VIRTUAL_MFA_DEVICE: DeleteVirtualMFADeviceRequest -> DeleteVirtualMFADeviceResponse on Device);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Device>> {
        Ok(match mfa::find(tx.reads(), &call.account, &input.serial_number)? {
            Some(device) => Lookup::Found(device),
            None => Lookup::missing(&input.serial_number, errors::no_device(&input.serial_number)),
        })
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Device>) -> Access {
        Access::on("iam:DeleteVirtualMFADevice", target)
    }

    fn run(
        _: &Call<'_>,
        tx: &mut Tx,
        device: Device,
        _: &Self::Input,
    ) -> Result<DeleteVirtualMFADeviceResponse> {
        if device.user.is_some() {
            return Err(errors::conflict("MFA VirtualDevice in use. Must deactivate first."));
        }
        mfa::remove(tx, &device)?;
        Ok(DeleteVirtualMFADeviceResponse {})
    }
}

/// Shows a device of a user, or of the caller.
pub struct GetMFADevice;

impl Operation for GetMFADevice {
    shape!(GET_MFA_DEVICE: GetMFADeviceRequest -> GetMFADeviceResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:GetMFADevice", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        bearer: Bearer,
        input: &Self::Input,
    ) -> Result<GetMFADeviceResponse> {
        let device = device_of(call, tx, &bearer, &input.serial_number)?;
        Ok(GetMFADeviceResponse {
            user_name: bearer.name().map(str::to_owned),
            serial_number: device.serial(),
            enable_date: device.enabled.map(view::time),
            certifications: None,
        })
    }
}

/// Lists the devices of a user, or of the caller.
pub struct ListMFADevices;

impl Operation for ListMFADevices {
    shape!(LIST_MFA_DEVICES: ListMFADevicesRequest -> ListMFADevicesResponse on Bearer);

    fn resolve(call: &Call<'_>, tx: &Tx, input: &Self::Input) -> Result<Lookup<Bearer>> {
        bearer::lookup(call, tx, input.user_name.as_deref())
    }

    fn access(_: &Call<'_>, _: &Self::Input, target: &Lookup<Bearer>) -> Access {
        Access::on("iam:ListMFADevices", target)
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        bearer: Bearer,
        input: &Self::Input,
    ) -> Result<ListMFADevicesResponse> {
        let mut all = mfa::list(tx.reads(), &call.account)?;
        all.retain(|device| {
            device.user.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(owner_name(&bearer)))
        });
        let key = |device: &Device| device.name.to_lowercase();
        let cut = pages::by_name(call, all, key, input.marker.as_deref(), input.max_items)?;
        let view = |device: &Device| api::MFADevice {
            user_name: device.user.clone().unwrap_or_default(),
            serial_number: device.serial(),
            enable_date: view::time(device.enabled.unwrap_or_default()),
        };
        Ok(ListMFADevicesResponse {
            mfa_devices: cut.items.iter().map(view).collect(),
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}

/// Lists the virtual devices of the account, given away or not.
pub struct ListVirtualMFADevices;

impl Operation for ListVirtualMFADevices {
    shape!(LIST_VIRTUAL_MFA_DEVICES: ListVirtualMFADevicesRequest -> ListVirtualMFADevicesResponse on ());

    fn resolve(_: &Call<'_>, _: &Tx, _: &Self::Input) -> Result<Lookup<()>> {
        Ok(Lookup::Found(()))
    }

    fn access(_: &Call<'_>, _: &Self::Input, _: &Lookup<()>) -> Access {
        Access::any("iam:ListVirtualMFADevices")
    }

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        (): (),
        input: &Self::Input,
    ) -> Result<ListVirtualMFADevicesResponse> {
        let mut all = mfa::list(tx.reads(), &call.account)?;
        match input.assignment_status.as_deref() {
            Some(api::assignment_status_type::ASSIGNED) => all.retain(|device| device.user.is_some()),
            Some(api::assignment_status_type::UNASSIGNED) => all.retain(|device| device.user.is_none()),
            _ => {}
        }
        let key = |device: &Device| device.name.to_lowercase();
        let cut = pages::by_name(call, all, key, input.marker.as_deref(), input.max_items)?;
        let mut devices = Vec::with_capacity(cut.items.len());
        for device in &cut.items {
            let user = match device.user.as_deref().filter(|name| *name != ROOT) {
                Some(name) => users::find(tx.reads(), &call.account, name)?,
                None => None,
            };
            devices.push(VirtualMFADevice {
                serial_number: device.serial(),
                user: user.as_ref().map(view::listed_user),
                enable_date: device.enabled.map(view::time),
                ..VirtualMFADevice::default()
            });
        }
        Ok(ListVirtualMFADevicesResponse {
            virtual_mfa_devices: devices,
            is_truncated: cut.is_truncated,
            marker: cut.marker,
        })
    }
}
