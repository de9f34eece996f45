//! CloudTrail through the real pipeline, with IAM as the service whose calls are recorded.

#[cfg(test)]
mod bucket;
#[cfg(test)]
mod bus;
#[cfg(test)]
mod data_events;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod digests;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod history;
#[cfg(test)]
mod insights;
#[cfg(test)]
mod kms_history;
#[cfg(test)]
mod links;
#[cfg(test)]
mod organization;
#[cfg(test)]
mod trails;
