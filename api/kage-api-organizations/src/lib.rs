//! kage-api-organizations.
