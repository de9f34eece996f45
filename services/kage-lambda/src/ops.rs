//! The operations, one a file.

mod create_function;

pub use create_function::CreateFunction;
