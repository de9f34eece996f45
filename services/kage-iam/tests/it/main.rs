//! IAM through the real pipeline.

#[cfg(test)]
mod attachments;
#[cfg(test)]
mod credentials;
#[cfg(test)]
mod entities;
#[cfg(test)]
mod evaluation;
#[cfg(test)]
mod everything;
#[cfg(test)]
mod hands;
#[cfg(test)]
mod nouns;
#[cfg(test)]
mod policies;
#[cfg(test)]
mod simulator;
#[cfg(test)]
mod tagging;
#[cfg(test)]
mod words;
#[cfg(test)]
use kage_test::World;

/// A policy of one statement.
pub fn policy(effect: &str, action: &str, resource: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"{resource}"}}]}}"#
    )
}

/// A policy of one statement with a condition.
pub fn policy_if(effect: &str, action: &str, condition: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"{effect}","Action":"{action}","Resource":"*","Condition":{condition}}}]}}"#
    )
}

/// A trust policy for one AWS principal.
pub fn trust(principal: &str) -> String {
    format!(
        r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":"{principal}"}},"Action":"sts:AssumeRole"}}]}}"#
    )
}

#[cfg(test)]
/// Decodes percent escapes.
pub fn decoded(text: &serde_json::Value) -> String {
    let text = text.as_str().unwrap();
    let mut out = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let pair = [bytes.next().unwrap(), bytes.next().unwrap()];
            out.push(u8::from_str_radix(std::str::from_utf8(&pair).unwrap(), 16).unwrap());
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).unwrap()
}
