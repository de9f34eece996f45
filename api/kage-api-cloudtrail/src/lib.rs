//! kage-api-cloudtrail.
