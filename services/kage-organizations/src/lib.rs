//! kage-organizations.
