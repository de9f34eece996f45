//! kage-events.
