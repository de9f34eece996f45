//! Kinesis through the real pipeline.

#[cfg(test)]
mod access;
#[cfg(test)]
mod consumers;
#[cfg(test)]
mod encryption;
#[cfg(test)]
mod help;
#[cfg(test)]
mod iterators;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod records;
#[cfg(test)]
mod resharding;
#[cfg(test)]
mod settings;
#[cfg(test)]
mod streams;

#[cfg(test)]
pub use help::*;
