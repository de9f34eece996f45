//! CloudWatch Logs through the real pipeline.

#[cfg(test)]
mod access;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod events;
#[cfg(test)]
mod groups;
#[cfg(test)]
mod kit;
