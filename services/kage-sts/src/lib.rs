//! kage-sts.
