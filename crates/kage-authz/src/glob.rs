//! Globs over action names: `*` and `?`, both sides in lower case, bytes.

/// A compiled glob, with short cuts for the forms that policies are full of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Glob {
    /// `*`.
    Any,
    /// No wildcard.
    Exact(Box<[u8]>),
    /// `Describe*`.
    Prefix(Box<[u8]>),
    /// Any other form.
    General(Box<[u8]>),
}

impl Glob {
    /// Compiles a glob.
    pub fn new(pattern: &str) -> Self {
        let bytes = pattern.as_bytes();
        let wildcards = bytes.iter().filter(|byte| matches!(byte, b'*' | b'?')).count();
        match bytes {
            [b'*'] => Self::Any,
            _ if wildcards == 0 => Self::Exact(bytes.into()),
            [head @ .., b'*'] if wildcards == 1 => Self::Prefix(head.into()),
            _ => Self::General(bytes.into()),
        }
    }

    /// Whether the glob matches the whole text.
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Exact(exact) => **exact == *text.as_bytes(),
            Self::Prefix(prefix) => text.as_bytes().starts_with(prefix),
            Self::General(pattern) => general(pattern, text.as_bytes()),
        }
    }
}

/// Linear but for the number of stars: on a mismatch only the last `*` takes one more byte.
fn general(pattern: &[u8], text: &[u8]) -> bool {
    let (mut pattern_at, mut text_at) = (0_usize, 0_usize);
    let mut retry: Option<(usize, usize)> = None;
    while let Some(byte) = text.get(text_at) {
        match pattern.get(pattern_at) {
            Some(b'*') => {
                pattern_at += 1;
                retry = Some((pattern_at, text_at));
            }
            Some(wanted) if *wanted == b'?' || wanted == byte => {
                pattern_at += 1;
                text_at += 1;
            }
            _ => {
                let Some((star, taken)) = retry else { return false };
                retry = Some((star, taken + 1));
                pattern_at = star;
                text_at = taken + 1;
            }
        }
    }
    pattern.get(pattern_at..).unwrap_or_default().iter().all(|byte| *byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_names() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("get*", "getobject", true),
            ("get*", "get", true),
            ("get*", "putobject", false),
            ("get?bject", "getobject", true),
            ("get?", "get", false),
            ("*acl", "getobjectacl", true),
            ("*acl", "getobjectaclx", false),
            ("g*t*l", "getobjectacl", true),
            ("a*b*c", "abcbd", false),
            ("", "", true),
            ("", "a", false),
        ] {
            assert_eq!(Glob::new(pattern).matches(text), expected, "{pattern} {text}");
        }
    }
}
