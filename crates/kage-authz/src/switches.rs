//! What AWS's documents leave open or contradict themselves about. Each is one constant with its default.

/// Rule 67: in the `Resource` element a `*` also matches colons, over the whole ARN. From memory, not documented.
pub const RESOURCE_WILDCARD_CROSSES_COLONS: bool = true;

/// Rule 79: policy variables in values of `Bool`. The page on condition operators says yes, the page on
/// variables does not list it.
pub const VARIABLES_IN_BOOL: bool = true;
