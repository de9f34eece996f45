//! ARNs.

use kage_core::Arn;

use crate::target::Target;

/// What reads as an ARN prints as the same text; its resource is kind, separator and the rest.
pub const ARN: Target = Target {
    name: "arn",
    law: "what reads as an ARN prints as the same text and reads again as the same ARN",
    check: arn,
    seeds: &[
        b"arn:aws:iam::111122223333:user/a/b:c",
        b"arn:aws:s3:::bucket/key",
        b"arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
        b"arn:aws:sts::111122223333:assumed-role/Dev/session",
        b"arn:::::",
        b"arn:aws:iam",
    ],
    dictionary: &[b"arn:", b"::", b"aws", b"user/", b"role:", b":root", "é".as_bytes()],
    rounds: 100_000,
};

fn arn(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let colons = text.bytes().filter(|byte| *byte == b':').count();
    let Some(arn) = Arn::parse(&text) else {
        assert!(!(text.starts_with("arn:") && colons >= 5), "an ARN of six parts was refused");
        return;
    };
    assert_eq!(arn.to_string(), text, "the ARN prints differently");
    assert_eq!(Arn::parse(&arn.to_string()).as_ref(), Some(&arn), "the ARN reads differently");
    for kind in ["user", "role", "key", "assumed-role", ""] {
        if let Some(rest) = arn.of(kind) {
            let forms = [format!("{kind}/{rest}"), format!("{kind}:{rest}")];
            assert!(forms.contains(&arn.resource), "`{rest}` is not what follows `{kind}`");
        }
    }
}
