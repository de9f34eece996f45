//! MD5 digests, which the SDKs compute again and compare.

use crate::message::{Attribute, Attributes};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest, Md5};

/// The digest of a body in hexadecimal digits.
pub fn of_body(body: &str) -> String {
    hex::encode(Md5::digest(body.as_bytes()))
}

/// The digest of message attributes; `None` when there are none.
// AWS: SQS developer guide, "Calculating the MD5 message digest for message attributes".
pub fn of_attributes(attributes: &Attributes) -> Option<String> {
    if attributes.is_empty() {
        return None;
    }
    let mut hash = Md5::new();
    // The map is in the order of the names, as the digest wants it.
    for (name, attribute) in attributes {
        add(&mut hash, name.as_bytes());
        add(&mut hash, attribute.kind.as_bytes());
        match attribute {
            Attribute { bytes: Some(bytes), .. } => {
                hash.update([2]);
                add(&mut hash, &STANDARD.decode(bytes).unwrap_or_default());
            }
            Attribute { text, .. } => {
                hash.update([1]);
                add(&mut hash, text.as_deref().unwrap_or_default().as_bytes());
            }
        }
    }
    Some(hex::encode(hash.finalize()))
}

fn add(hash: &mut Md5, bytes: &[u8]) {
    hash.update(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    hash.update(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_aws() {
        assert_eq!(of_body("message-1"), "3d6b824fd8c1520e9a047d21fee6fb1f");
        // Recorded at AWS: LocalStack's validated snapshot of test_receive_message_message_system_attribute_names_filters.
        let attribute = Attribute { kind: "String".to_owned(), text: Some("Bar".to_owned()), bytes: None };
        let attributes = Attributes::from([("Foo".to_owned(), attribute)]);
        assert_eq!(of_attributes(&attributes).as_deref(), Some("ae7155c6026991b6d54b11589678bf9c"));
        assert_eq!(of_attributes(&Attributes::new()), None);
    }
}
