//! Patterns against what AWS was recorded to say and do.

#[cfg(test)]
mod errors;
#[cfg(test)]
mod filter_policies;
#[cfg(test)]
mod matching;
#[cfg(test)]
mod transformers;
