//! The slow, literal policy evaluator.
