//! Labels of the path: `/{Bucket}/{Key+}`.

use crate::error::Fault;
use crate::form::decode_path;

/// The labels of the template with their decoded values from the path. What a label stands in (`{id}:cancel`) and
/// the constant segments must match by count and affix; which operation it is was decided before.
pub(super) fn labels<'t>(template: &'t str, path: &str) -> Result<Vec<(&'t str, String)>, Fault> {
    let template = template.split('?').next().unwrap_or(template);
    let mut found = Vec::new();
    if !template.contains('{') {
        return Ok(found);
    }
    let mut rest = Some(path.strip_prefix('/').unwrap_or(path));
    let mut segments = template.strip_prefix('/').unwrap_or(template).split('/').peekable();
    while let Some(segment) = segments.next() {
        let Some((prefix, label, suffix)) = label_of(segment) else {
            // Constant: one segment is passed over. A template that ends in `/` needs none.
            rest = rest.and_then(|rest| rest.split_once('/')).map(|(_, rest)| rest);
            continue;
        };
        let here = rest.ok_or(Fault::Path)?;
        let text = match label.strip_suffix('+') {
            Some(_) => {
                // Greedy: all but as many segments as the template still has.
                let after = segments.clone().count();
                let end = here.rmatch_indices('/').take(after).last().map_or(here.len(), |(at, _)| at);
                let (taken, left) = here.split_at_checked(end).ok_or(Fault::Path)?;
                rest = left.strip_prefix('/');
                taken
            }
            None => match here.split_once('/') {
                Some((taken, left)) => {
                    rest = Some(left);
                    taken
                }
                None => {
                    rest = None;
                    here
                }
            },
        };
        let value =
            text.strip_prefix(prefix).and_then(|text| text.strip_suffix(suffix)).ok_or(Fault::Path)?;
        found.push((label.trim_end_matches('+'), decode_path(value).ok_or(Fault::Encoding)?));
    }
    Ok(found)
}

/// Splits `a{label}b` into its three parts.
fn label_of(segment: &str) -> Option<(&str, &str, &str)> {
    let (prefix, rest) = segment.split_once('{')?;
    let (label, suffix) = rest.split_once('}')?;
    Some((prefix, label, suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, path: &str, expected: &[(&str, &str)]) {
        let found = labels(template, path).unwrap();
        let found: Vec<(&str, &str)> = found.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(found, expected, "{template} {path}");
    }

    #[test]
    fn labels_are_found_and_decoded() {
        check("/{Bucket}", "/b", &[("Bucket", "b")]);
        check("/{Bucket}", "/b/", &[("Bucket", "b")]);
        check("/{Bucket}/{Key+}?acl", "/b/k/a%2Fb", &[("Bucket", "b"), ("Key", "k/a/b")]);
        check("/{Bucket}/{Key+}", "/b//k/", &[("Bucket", "b"), ("Key", "/k/")]);
        check("/tags/{arn}", "/tags/arn:aws:a%2Fb+c", &[("arn", "arn:aws:a/b+c")]);
        check("/a/{x}:stop/b", "/a/1:stop/b", &[("x", "1")]);
        check("/a/{x+}/end", "/a/1/2/end", &[("x", "1/2")]);
        check("/a/b", "/prefix/a/b", &[]);
        assert_eq!(labels("/a/{x}", "/a"), Err(Fault::Path));
        assert_eq!(labels("/a/{x}", "/a/%zz"), Err(Fault::Encoding));
        assert_eq!(labels("/a/{x}:stop", "/a/1:go"), Err(Fault::Path));
    }
}
