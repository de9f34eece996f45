//! kage-iam.
