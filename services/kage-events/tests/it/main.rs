//! EventBridge through the real pipeline.

#[cfg(test)]
mod access;
#[cfg(test)]
mod archives;
#[cfg(test)]
mod between_buses;
#[cfg(test)]
mod buses;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod put_events;
#[cfg(test)]
mod retries;
#[cfg(test)]
mod rules;
#[cfg(test)]
mod schedules;
#[cfg(test)]
mod service_events;
#[cfg(test)]
mod support;
#[cfg(test)]
mod targets;
