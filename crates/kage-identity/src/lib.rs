//! kage-identity.
