//! Event patterns and input transformers of EventBridge: pure.
