//! kage-api-kms.
