//! kage-kms.
