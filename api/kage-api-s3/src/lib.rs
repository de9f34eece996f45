//! kage-api-s3.
