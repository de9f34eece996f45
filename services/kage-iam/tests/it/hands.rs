//! The administrator at work: after every call, its record is looked at.

use kage_test::{Caller, MANAGEMENT, World};
use serde_json::{Value, json};

/// A double and its administrator.
pub struct Hands {
    pub world: World,
    pub admin: Caller,
}

impl Hands {
    pub fn new() -> Hands {
        let world = World::new(vec![kage_iam::service()]);
        let admin = world.admin();
        Hands { world, admin }
    }

    /// A call that works, and is recorded as such.
    #[track_caller]
    pub fn ok(&self, operation: &str, input: Value) -> Value {
        let out = self.world.call(&self.admin, "iam", operation, input).ok();
        let event = self.recorded(operation);
        assert_eq!(event.get("errorCode"), None, "{event}");
        let reads = ["Get", "List", "Simulate"].iter().any(|word| operation.starts_with(word));
        assert_eq!(event["readOnly"], json!(reads), "{event}");
        out
    }

    /// A call that is refused with this code and status, and is recorded with its code and text; the text.
    #[track_caller]
    pub fn error(&self, operation: &str, input: Value, code: &str, status: u16) -> String {
        let error = self.world.call(&self.admin, "iam", operation, input).err();
        assert_eq!((error.code.as_str(), error.status), (code, status), "{operation}: {}", error.message);
        let event = self.recorded(operation);
        let known = event["errorCode"].as_str().unwrap_or_default();
        assert!(known.starts_with(code), "{event}");
        assert_eq!(event["errorMessage"], json!(error.message), "{event}");
        error.message
    }

    /// The same, and the text is this one.
    #[track_caller]
    pub fn refused(&self, operation: &str, input: Value, code: &str, status: u16, text: &str) {
        assert_eq!(self.error(operation, input, code, status), text, "{operation}");
    }

    #[track_caller]
    fn recorded(&self, operation: &str) -> Value {
        let event = self.world.events(MANAGEMENT).pop().unwrap();
        assert_eq!(
            (&event["eventName"], &event["eventSource"]),
            (&json!(operation), &json!("iam.amazonaws.com"))
        );
        assert_eq!(event["userIdentity"]["userName"], "admin", "{event}");
        event
    }
}
