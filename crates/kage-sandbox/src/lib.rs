//! Runs foreign code: Lambda functions as sandboxed processes behind the Runtime API.
