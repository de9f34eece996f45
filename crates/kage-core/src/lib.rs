//! kage-core.
