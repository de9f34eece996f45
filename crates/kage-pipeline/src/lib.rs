//! kage-pipeline.
