//! What is known about IAM actions, resource types, condition keys and AWS managed policies.
