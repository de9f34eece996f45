//! Which operation a REST request means.

use crate::ServiceRoutes;

/// The operation that a REST request means.
#[derive(Debug, PartialEq, Eq)]
pub struct RestMatch<'p> {
    /// Its name.
    pub name: &'static str,
    /// The labels of its template in order, with their values as the path has them, still percent-encoded.
    pub labels: Vec<(&'static str, &'p str)>,
}

/// Finds the operation. `path` and `query` are as they stand in the request line, without the `?` between them;
/// `has_header` is asked with names in lower case. `None` when no template fits.
///
/// The most specific template wins. Where two fit equally, `x-id`, which some SDKs send, decides, then the model's order.
#[must_use]
pub fn match_rest<'p>(
    service: &ServiceRoutes,
    method: &str,
    path: &'p str,
    query: &str,
    has_header: &dyn Fn(&str) -> bool,
) -> Option<RestMatch<'p>> {
    let parameters: Vec<(&str, &str)> = query
        .split('&')
        .filter(|piece| !piece.is_empty())
        .map(|piece| piece.split_once('=').unwrap_or((piece, "")))
        .collect();
    let table = service.table();
    let candidates = table.by_method.get(method)?.iter().filter_map(|index| table.operations.get(*index));
    let mut fitting = candidates.filter_map(|operation| {
        let labels = operation.template.labels(path)?;
        operation.template.accepts(&parameters, has_header).then_some((operation, labels))
    });
    let (first, first_labels) = fitting.next()?;
    let hint = parameters.iter().find(|(name, _)| *name == "x-id").map(|(_, value)| *value);
    if let Some(hint) = hint.filter(|hint| *hint != first.name) {
        let rank = first.template.rank();
        let equal =
            fitting.find(|(operation, _)| operation.name == hint && operation.template.rank() == rank);
        if let Some((operation, labels)) = equal {
            return Some(RestMatch { name: operation.name, labels });
        }
    }
    Some(RestMatch { name: first.name, labels: first_labels })
}
