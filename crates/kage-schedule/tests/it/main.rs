//! Schedule expressions.

#[cfg(test)]
mod support;
#[cfg(test)]
mod time;
#[cfg(test)]
mod words;
