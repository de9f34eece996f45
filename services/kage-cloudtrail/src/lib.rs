//! kage-cloudtrail.
