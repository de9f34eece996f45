//! Names of entries.

/// The name as a relative path of plain parts, or `None` when it leaves the archive or names nothing.
pub(crate) fn plain(name: &str) -> Option<String> {
    if name.starts_with('/') || name.contains(['\\', '\0']) || name.len() > 4096 {
        return None;
    }
    let mut parts = Vec::new();
    for part in name.split('/') {
        match part {
            "" | "." => {}
            ".." => return None,
            part if part.len() > 255 => return None,
            part => parts.push(part),
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Whether a link at `path` to `target` stays inside the archive, read without following other links.
pub(crate) fn stays_inside(path: &str, target: &str) -> bool {
    if target.is_empty() || target.starts_with('/') || target.contains('\0') {
        return false;
    }
    let mut depth = path.matches('/').count();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => match depth.checked_sub(1) {
                Some(up) => depth = up,
                None => return false,
            },
            _ => depth = depth.saturating_add(1),
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stay_inside() {
        assert_eq!(plain("a//./b/").as_deref(), Some("a/b"));
        for bad in ["", "/", "/a", "../a", "a/../../b", "a\\b", "./", "a\0b"] {
            assert_eq!(plain(bad), None, "{bad:?}");
        }
        assert!(stays_inside("a/b", "../c") && stays_inside("lib.so", "lib.so.1"));
        for (path, target) in [("a", "../b"), ("a", "/etc/passwd"), ("a/b", "../../c"), ("a", "")] {
            assert!(!stays_inside(path, target), "{path} -> {target}");
        }
    }
}
