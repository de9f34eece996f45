//! kage-rehearse.
