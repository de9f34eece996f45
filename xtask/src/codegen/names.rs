//! Rust names from model names.

use std::collections::{BTreeMap, BTreeSet};

/// `SSEKMSKeyId` -> `ssekms_key_id`, `PolicyARNs` -> `policy_arns`, `ChecksumCRC32C` -> `checksum_crc32c`.
pub fn snake(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let upper = |at: usize| chars.get(at).is_some_and(char::is_ascii_uppercase);
    let lower = |at: usize| chars.get(at).is_some_and(char::is_ascii_lowercase);
    let digit = |at: usize| chars.get(at).is_some_and(char::is_ascii_digit);
    // An `s` after capitals that ends a word makes a plural: `ARNs`, `VPCs`.
    let plural = |at: usize| {
        chars.get(at) == Some(&'s')
            && at >= 2
            && upper(at - 1)
            && upper(at - 2)
            && !lower(at + 1)
            && !digit(at + 1)
    };
    let mut out = String::new();
    for (at, c) in chars.iter().enumerate() {
        if !c.is_ascii_alphanumeric() {
            if !out.is_empty() && !out.ends_with('_') {
                out.push('_');
            }
            continue;
        }
        let after_word = at > 0 && (lower(at - 1) || (digit(at - 1) && !is_version(&chars, at)));
        let before_word = at > 0 && upper(at - 1) && lower(at + 1) && !plural(at + 1);
        if c.is_ascii_uppercase() && (after_word || before_word) && !out.ends_with('_') {
            out.push('_');
        }
        out.push(c.to_ascii_lowercase());
    }
    let out = out.trim_end_matches('_').to_owned();
    if out.starts_with(|c: char| c.is_ascii_digit()) || out.is_empty() { format!("_{out}") } else { out }
}

/// `CRC32C` and `CRC64NVME` are one word.
fn is_version(chars: &[char], at: usize) -> bool {
    let before: String = chars[..at].iter().collect();
    before.ends_with("CRC32") || before.ends_with("CRC64")
}

/// `ListObjectsV2` -> `LIST_OBJECTS_V2`; values of enumerations as well: `s3:ObjectCreated:*` -> `S3_OBJECT_CREATED_ANY`.
pub fn constant(name: &str) -> String {
    snake(&name.replace('*', "Any")).to_ascii_uppercase()
}

/// The name of a type: the shape's, beginning with a capital. What generated code calls something else gets `Shape` behind.
pub fn type_name(name: &str) -> String {
    let name = capitalized(name);
    if TAKEN.contains(&name.as_str()) { format!("{name}Shape") } else { name }
}

const TAKEN: &[&str] = &[
    "BTreeMap",
    "Blob",
    "Body",
    "Boxed",
    "Box",
    "Clone",
    "Default",
    "None",
    "Option",
    "Self",
    "Some",
    "String",
    "Timestamp",
    "Vec",
];

fn capitalized(name: &str) -> String {
    let mut out = String::new();
    let mut first = true;
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            first = true;
        } else if first {
            out.push(c.to_ascii_uppercase());
            first = false;
        } else {
            out.push(c);
        }
    }
    out
}

/// A snake name that may stand as a field or module.
pub fn field(name: &str) -> String {
    let name = snake(name);
    match name.as_str() {
        "self" | "super" | "crate" => format!("{name}_"),
        _ if KEYWORDS.contains(&name.as_str()) => format!("r#{name}"),
        _ => name,
    }
}

/// Gives every model name its own Rust name; the later of two that collide (in byte order) gets a `2`.
pub fn assign<'a>(
    names: impl Iterator<Item = &'a str>,
    make: impl Fn(&str) -> String,
) -> BTreeMap<String, String> {
    let sorted: BTreeSet<&str> = names.collect();
    let mut taken = BTreeSet::new();
    let mut out = BTreeMap::new();
    for name in sorted {
        let base = make(name);
        let mut given = base.clone();
        let mut count = 2;
        while !taken.insert(given.clone()) {
            given = format!("{base}{count}");
            count += 1;
        }
        out.insert(name.to_owned(), given);
    }
    out
}

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else",
    "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro",
    "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait",
    "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn snake_names_read_like_words() {
        for (from, to) in [
            ("KeyId", "key_id"),
            ("SSEKMSKeyId", "ssekms_key_id"),
            ("SSECustomerKeyMD5", "sse_customer_key_md5"),
            ("ETag", "e_tag"),
            ("PolicyARNs", "policy_arns"),
            ("ARNsOf", "arns_of"),
            ("BlockPublicAcls", "block_public_acls"),
            ("ChecksumCRC32C", "checksum_crc32c"),
            ("ChecksumCRC64NVME", "checksum_crc64nvme"),
            ("IsLogging", "is_logging"),
            ("ListObjectsV2", "list_objects_v2"),
            ("EnableMFADevice", "enable_mfa_device"),
            ("userNameType", "user_name_type"),
            ("aws:kms:dsse", "aws_kms_dsse"),
            ("ECC_NIST_P256", "ecc_nist_p256"),
            ("2015-03-31", "_2015_03_31"),
            ("", "_"),
        ] {
            assert_eq!(snake(from), to, "{from}");
        }
        assert_eq!(field("Type"), "r#type");
        assert_eq!(constant("s3:ObjectCreated:*"), "S3_OBJECT_CREATED_ANY");
        assert_eq!(type_name("tagType"), "TagType");
        assert_eq!(type_name("Body"), "BodyShape");
    }

    #[test]
    fn names_that_collide_are_told_apart() {
        let names = assign(["TagKey", "tagKey"].into_iter(), constant);
        assert_eq!(names["TagKey"], "TAG_KEY");
        assert_eq!(names["tagKey"], "TAG_KEY2");
    }
}
