//! kage-api-iam.
