//! kage-api-sts.
