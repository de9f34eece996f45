//! CloudWatch Logs through the real pipeline.

#[cfg(test)]
mod access;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod events;
#[cfg(test)]
mod everything;
#[cfg(test)]
mod filters;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod queries;
#[cfg(test)]
mod services;
#[cfg(test)]
mod subscriptions;
