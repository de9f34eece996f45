//! The answer to a browser upload that worked.
//!
//! AWS: S3 API reference, "POST Object", "Responses", and the form fields `success_action_…`.

use crate::post_form::{encode, field};
use crate::receive::{Answer, Head};
use kage_schema::Body;

/// What a browser is told when its upload worked.
pub struct Success {
    status: u16,
    /// Where it is sent to; the object is named in the query.
    redirect: Option<String>,
    /// The URL of the new object.
    location: String,
    bucket: String,
    key: String,
}

impl Success {
    /// What the form asks for. A status that is none of the three, and a redirect that is no URL, are as if not there.
    pub fn new(head: &Head, bucket: &str, key: &str, fields: &[(String, String)]) -> Success {
        let status = match field(fields, "success_action_status") {
            Some("200") => 200,
            Some("201") => 201,
            _ => 204,
        };
        // `redirect` is the old name.
        let asked = field(fields, "success_action_redirect").or_else(|| field(fields, "redirect"));
        let scheme = if head.origin.secure { "https" } else { "http" };
        let base = head.path.trim_end_matches('/');
        let location = format!("{scheme}://{}{base}/{}", head.origin.host, encode(key, true));
        Success {
            status,
            redirect: asked.filter(|url| is_url(url)).map(str::to_owned),
            location,
            bucket: bucket.to_owned(),
            key: key.to_owned(),
        }
    }

    /// Words the answer of PutObject for a browser. A failure stays as it is.
    pub fn word(self, mut answer: Answer) -> Answer {
        if answer.response.status >= 300 {
            return answer;
        }
        let etag = answer.response.header("etag").unwrap_or_default().to_owned();
        let response = &mut answer.response;
        response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("content-type"));
        if let Some(url) = &self.redirect {
            let joint = if url.contains('?') { '&' } else { '?' };
            let place = format!(
                "{url}{joint}bucket={}&key={}&etag={}",
                encode(&self.bucket, false),
                encode(&self.key, false),
                encode(&etag, false)
            );
            response.status = 303;
            response.headers.push(("Location".to_owned(), place));
            response.body = Body::Empty;
            return answer;
        }
        response.status = self.status;
        response.headers.push(("Location".to_owned(), self.location.clone()));
        response.body = Body::Empty;
        if self.status == 201 {
            let document = format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>{}</Location><Bucket>{}</Bucket><Key>{}</Key><ETag>{}</ETag></PostResponse>",
                escape(&self.location),
                escape(&self.bucket),
                escape(&self.key),
                escape(&etag)
            );
            response.headers.push(("Content-Type".to_owned(), "application/xml".to_owned()));
            response.body = Body::Bytes(document.into());
        }
        answer
    }
}

/// Whether a browser can be sent there, and the text can stand in a header.
fn is_url(text: &str) -> bool {
    let behind = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    behind.is_some_and(|rest| !rest.is_empty() && !rest.starts_with('/'))
        && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            // XML 1.0 has no other control characters, not even as references to them.
            '\t' | '\n' | '\r' => out.push_str(&format!("&#{};", u32::from(character))),
            other if other.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
