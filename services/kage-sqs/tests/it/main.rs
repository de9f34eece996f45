//! SQS through the real pipeline.

#[cfg(test)]
mod access;
#[cfg(test)]
mod dead_letters;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod fifo;
#[cfg(test)]
mod kit;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod query;
#[cfg(test)]
mod queues;
