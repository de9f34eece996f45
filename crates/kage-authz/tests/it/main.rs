//! The rules of `spec/authorization.md`, each against both evaluators.

#[cfg(test)]
mod differential;
#[cfg(test)]
mod documents;
#[cfg(test)]
mod explanations;
#[cfg(test)]
mod generator;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod laws;
#[cfg(test)]
mod robustness;
#[cfg(test)]
mod rules_combination;
#[cfg(test)]
mod rules_conditions;
#[cfg(test)]
mod rules_messages;
#[cfg(test)]
mod rules_organizations;
#[cfg(test)]
mod rules_patterns;
#[cfg(test)]
mod rules_principals;
#[cfg(test)]
mod rules_request;
#[cfg(test)]
mod where_others_go_wrong;
