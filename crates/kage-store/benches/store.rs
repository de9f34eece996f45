//! Prints what the store does in a second.

fn main() {}
