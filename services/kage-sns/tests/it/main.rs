//! SNS through the real pipeline.

#[cfg(test)]
mod access;
#[cfg(test)]
mod delivery;
#[cfg(test)]
mod fifo;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod publishing;
#[cfg(test)]
mod subscriptions;
#[cfg(test)]
mod topics;
#[cfg(test)]
mod web;
