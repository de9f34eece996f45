//! The rules of `spec/authorization.md`, each against both evaluators.

mod differential;
mod documents;
mod explanations;
mod generator;
mod harness;
mod laws;
mod robustness;
mod rules_combination;
mod rules_conditions;
mod rules_messages;
mod rules_organizations;
mod rules_patterns;
mod rules_principals;
mod rules_request;
mod where_others_go_wrong;
