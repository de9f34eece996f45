//! EventBridge Scheduler through the real pipeline.

#[cfg(test)]
mod access;
#[cfg(test)]
mod firing;
#[cfg(test)]
mod life;
#[cfg(test)]
mod support;
