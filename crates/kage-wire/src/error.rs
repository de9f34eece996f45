//! What can go wrong, and AWS's words for it.

use kage_schema::{Kind, Protocol, ServiceModel};
use std::fmt;

/// The request cannot be read as input of its operation. Everything a client needs to be told is here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadError {
    /// The error code: `SerializationException`, `MalformedXML`, `MalformedQueryString` …
    pub code: &'static str,
    /// The message; empty where AWS sends none.
    pub message: String,
    /// The HTTP status.
    pub status: u16,
    /// Further elements of an S3 error, in order: `ArgumentName`, `ArgumentValue`.
    pub extra: Vec<(String, String)>,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for ReadError {}

/// The output cannot be written in the protocol: a fault of the model or of the handler, never of the caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WriteError(pub(crate) String);

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WriteError {}

/// What stood in the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    String,
    Number,
    Decimal,
    True,
    False,
    List,
    Structure,
    Blob,
    Time,
}

/// Why a document or value is refused, before it has a protocol's words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The bytes are no document of the protocol.
    Malformed,
    /// A form or path with broken percent-encoding.
    Encoding,
    /// A value of the wrong type in JSON or CBOR.
    Type { found: Token, wanted: Kind },
    /// Text that cannot be a value of that kind, with the wire name of its member.
    Text { name: String, value: String, wanted: Kind },
    /// Text that is no base64, with AWS's reason.
    Blob { text: String, reason: String },
    /// A number in the name of a form's parameter that counts no element, in AWS's words.
    Index { message: String },
    /// A union with no known member, or with several.
    Union { name: &'static str },
    /// The path does not fit the operation's template.
    Path,
    /// The record refused the value: the schema and its slots disagree.
    Slot { name: String },
}

impl Fault {
    /// The error as the service answers it.
    pub(crate) fn answer(self, protocol: Protocol, service: &ServiceModel) -> ReadError {
        if let Fault::Slot { name } = &self {
            let message = format!("The member `{name}` does not fit its schema.");
            return ReadError { code: "InternalFailure", message, status: 500, extra: Vec::new() };
        }
        match protocol {
            Protocol::Query => self.query(),
            Protocol::Ec2Query => self.ec2(),
            Protocol::RestXml if service.name == crate::s3::NAME => self.s3(),
            Protocol::RestXml => bad_request("InvalidInput", format!("Invalid XML ; {}", self.coral())),
            Protocol::AwsJson10 | Protocol::AwsJson11 | Protocol::RestJson | Protocol::RpcV2Cbor => {
                bad_request("SerializationException", self.coral())
            }
        }
    }

    fn query(self) -> ReadError {
        match self {
            // AWS: IAM API reference, CommonErrors: "The query string contains a syntax error. HTTP Status Code: 404"
            Fault::Encoding | Fault::Malformed => {
                let message = "The query string contains a syntax error.".to_owned();
                ReadError { status: 404, ..bad_request("MalformedQueryString", message) }
            }
            // AWS: CloudWatch and SNS answer code `MalformedInput` with the framework's text
            // (jclouds/legacy-jclouds pull 274).
            other => bad_request("MalformedInput", other.coral()),
        }
    }

    fn ec2(self) -> ReadError {
        match self {
            Fault::Encoding | Fault::Malformed => {
                bad_request("MalformedQueryString", "The query string contains a syntax error.".to_owned())
            }
            // AWS: EC2 writes values so (aws/aws-sdk-ruby pull 2575): "Value ( 1 ) for parameter maxResults is invalid."
            Fault::Text { name, value, .. } => bad_request(
                "InvalidParameterValue",
                format!("Value ( {value} ) for parameter {name} is invalid."),
            ),
            other => bad_request("InvalidParameterValue", other.coral()),
        }
    }

    fn s3(self) -> ReadError {
        match self {
            // AWS: S3 API reference, Error responses, List of error codes.
            Fault::Encoding | Fault::Path => {
                bad_request("InvalidURI", "Couldn't parse the specified URI.".to_owned())
            }
            Fault::Text { name, value, wanted } if name.starts_with(':') => {
                let name = name.trim_start_matches(':').to_owned();
                let message = match wanted {
                    // AWS: versity/versitygw issue 1794, brekkylab/backlot pull 176. A negative one is the handler's.
                    Kind::Integer | Kind::Long => {
                        format!("Provided {name} not an integer or within integer range")
                    }
                    _ => "Invalid Argument".to_owned(),
                };
                let mut error = bad_request("InvalidArgument", message);
                error.extra = vec![("ArgumentName".to_owned(), name), ("ArgumentValue".to_owned(), value)];
                error
            }
            _ => bad_request(
                "MalformedXML",
                "The XML you provided was not well-formed or did not validate against our published schema"
                    .to_owned(),
            ),
        }
    }

    /// The text of AWS's service framework. It says nothing about bytes that are no document at all
    /// (pplu/aws-sdk-perl issue 237: `{"__type":"SerializationException"}`).
    fn coral(&self) -> String {
        match self {
            Fault::Malformed => String::new(),
            Fault::Encoding | Fault::Path => "The request URI is not valid.".to_owned(),
            // AWS: aws-amplify/amplify-js issue 13265.
            Fault::Type { found: Token::Structure, .. } => {
                "Start of structure or map found where not expected.".to_owned()
            }
            Fault::Type { found: Token::List, .. } => "Start of list found where not expected".to_owned(),
            // AWS: recorded by kinesalite (Kinesis) and athena-local (Athena, September 2026).
            Fault::Type { wanted: Kind::List, .. } => "Expected list or null".to_owned(),
            Fault::Type { wanted: Kind::Map, .. } => "Expected map or null".to_owned(),
            Fault::Type { wanted: Kind::Structure | Kind::Union, .. } => "Expected null".to_owned(),
            // AWS: recorded by kinesalite.
            Fault::Blob { text, reason } => format!("'{text}' can not be converted to a Blob: {reason}"),
            Fault::Index { message } => message.clone(),
            Fault::Type { found, wanted } => conversion(found.name(), *wanted),
            Fault::Text { wanted, .. } => conversion("STRING_VALUE", *wanted),
            Fault::Union { name } => format!("Exactly one member of the union {name} must be set."),
            Fault::Slot { name } => name.clone(),
        }
    }
}

impl Token {
    fn name(self) -> &'static str {
        match self {
            Token::String => "STRING_VALUE",
            Token::Number => "NUMBER_VALUE",
            Token::Decimal => "DECIMAL_VALUE",
            Token::True => "TRUE_VALUE",
            Token::False => "FALSE_VALUE",
            Token::List => "START_ARRAY",
            Token::Structure => "START_OBJECT",
            Token::Blob => "BINARY_VALUE",
            Token::Time => "TIMESTAMP_VALUE",
        }
    }
}

/// AWS: `STRING_VALUE can not be converted to an Integer` (aws/aws-cdk pull 27087).
fn conversion(found: &str, wanted: Kind) -> String {
    let wanted = match wanted {
        Kind::Integer => "an Integer",
        Kind::Long => "a Long",
        Kind::String => "a String",
        Kind::Float => "a Float",
        Kind::Double => "a Double",
        Kind::Boolean => "a Boolean",
        Kind::Blob => "a Blob",
        Kind::Timestamp => "milliseconds since epoch",
        Kind::Document | Kind::Structure | Kind::Union | Kind::List | Kind::Map => {
            return "Unexpected token received from parser".to_owned();
        }
    };
    format!("{found} can not be converted to {wanted}")
}

fn bad_request(code: &'static str, message: String) -> ReadError {
    ReadError { code, message, status: 400, extra: Vec::new() }
}
