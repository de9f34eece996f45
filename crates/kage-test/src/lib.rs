//! kage-test.
