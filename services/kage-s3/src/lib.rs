//! kage-s3.
