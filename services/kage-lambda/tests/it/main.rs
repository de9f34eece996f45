//! Lambda through the real pipeline, with real functions in a real sandbox.

#![cfg(test)]

mod asynchronous;
mod bench;
mod control;
mod everything;
mod invoke;
mod mappings;
mod permissions;
