//! What is wrong with the body of a dashboard.
//!
//! AWS: CloudWatch API reference, "Dashboard body structure and syntax". The texts follow the validation errors that
//! people publish in issue threads of Terraform.

use kage_api_cloudwatch::types::DashboardValidationMessage;
use serde_json::Value;

/// AWS: the same page: widgets of one dashboard; metrics of one widget.
const WIDGETS_MAX: usize = 500;
const METRICS_MAX: usize = 500;
const TYPES: [&str; 7] = ["alarm", "custom", "explorer", "log", "metric", "text", "trace"];

/// What is wrong; nothing when the body can be shown. `Err` for a text that is no JSON object.
pub fn problems(text: &str) -> Result<Vec<DashboardValidationMessage>, ()> {
    let body: Value = serde_json::from_str(text).map_err(|_| ())?;
    let Some(body) = body.as_object() else { return Err(()) };
    let mut found = Problems(Vec::new());
    match body.get("widgets") {
        None => found.add("", "Should have required property 'widgets'"),
        Some(Value::Array(widgets)) => {
            if widgets.len() > WIDGETS_MAX {
                found.add("/widgets", "Should NOT have more than 500 items");
            }
            for (index, widget) in widgets.iter().enumerate() {
                found.widget(&format!("/widgets/{index}"), widget);
            }
        }
        Some(_) => found.add("/widgets", "Should be array"),
    }
    Ok(found.0)
}

struct Problems(Vec<DashboardValidationMessage>);

impl Problems {
    fn add(&mut self, path: &str, message: &str) {
        let (data_path, message) = (Some(path.to_owned()), Some(message.to_owned()));
        self.0.push(DashboardValidationMessage { data_path, message });
    }

    fn widget(&mut self, path: &str, widget: &Value) {
        let Some(widget) = widget.as_object() else { return self.add(path, "Should be object") };
        let kind = match widget.get("type") {
            None => return self.add(path, "Should have required property 'type'"),
            Some(Value::String(kind)) if TYPES.contains(&kind.as_str()) => kind.as_str(),
            Some(_) => {
                return self.add(&format!("{path}/type"), "Should be equal to one of the allowed values");
            }
        };
        for (name, low, high) in [("x", 0, 23), ("y", 0, i64::MAX), ("width", 1, 24), ("height", 1, 1_000)] {
            if let Some(value) = widget.get(name) {
                let path = format!("{path}/{name}");
                match value.as_i64() {
                    None => self.add(&path, "Should be integer"),
                    Some(number) if number < low => self.add(&path, &format!("Should be >= {low}")),
                    Some(number) if number > high => self.add(&path, &format!("Should be <= {high}")),
                    Some(_) => {}
                }
            }
        }
        let path = format!("{path}/properties");
        match widget.get("properties").and_then(Value::as_object) {
            None => {
                self.add(path.trim_end_matches("/properties"), "Should have required property 'properties'")
            }
            Some(properties) => {
                let required = match kind {
                    "text" => "markdown",
                    "log" => "query",
                    "alarm" => "alarms",
                    "custom" => "endpoint",
                    "metric" => {
                        if !properties.contains_key("metrics") && !properties.contains_key("annotations") {
                            self.add(&path, "Should have required property 'metrics'");
                        }
                        return self.metrics(&format!("{path}/metrics"), properties.get("metrics"));
                    }
                    _ => return,
                };
                if !properties.contains_key(required) {
                    self.add(&path, &format!("Should have required property '{required}'"));
                }
            }
        }
    }

    fn metrics(&mut self, path: &str, metrics: Option<&Value>) {
        let metrics = match metrics {
            None => return,
            Some(Value::Array(metrics)) => metrics,
            Some(_) => return self.add(path, "Should be array"),
        };
        if metrics.len() > METRICS_MAX {
            self.add(path, "Should NOT have more than 500 items");
        }
        for (index, metric) in metrics.iter().enumerate() {
            let path = format!("{path}/{index}");
            match metric.as_array() {
                None => self.add(&path, "Should be array"),
                // An expression stands alone, a metric has a namespace and a name.
                Some(parts) => match parts.as_slice() {
                    [Value::Object(_)] => {}
                    [] | [_] => self.add(&path, "Should NOT have less than 2 items"),
                    [.., Value::Object(_)] | [.., Value::String(_)] => {
                        let texts = parts.iter().take(parts.len() - 1).all(Value::is_string);
                        if !texts {
                            self.add(&path, "Invalid metric field type, only \"String\" type is allowed");
                        }
                    }
                    _ => self.add(&path, "Invalid metric field type, only \"String\" type is allowed"),
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_and_what_is_wrong_with_them() {
        let cases = [
            (r#"{"widgets":[]}"#, ""),
            (
                r#"{"widgets":[{"type":"text","x":0,"y":0,"width":6,"height":3,"properties":{"markdown":"hi"}}]}"#,
                "",
            ),
            (
                r#"{"widgets":[{"type":"metric","properties":{"metrics":[["App","Load","Host","a",{"stat":"Sum"}],[{"expression":"m1"}]]}}]}"#,
                "",
            ),
            (r#"{}"#, " Should have required property 'widgets'"),
            (r#"{"widgets":{}}"#, "/widgets Should be array"),
            (r#"{"widgets":[{"properties":{}}]}"#, "/widgets/0 Should have required property 'type'"),
            (
                r#"{"widgets":[{"type":"nope"}]}"#,
                "/widgets/0/type Should be equal to one of the allowed values",
            ),
            (
                r#"{"widgets":[{"type":"text","width":25,"properties":{}}]}"#,
                "/widgets/0/width Should be <= 24; /widgets/0/properties Should have required property 'markdown'",
            ),
            (
                r#"{"widgets":[{"type":"metric","properties":{"metrics":[["App"]]}}]}"#,
                "/widgets/0/properties/metrics/0 Should NOT have less than 2 items",
            ),
            (
                r#"{"widgets":[{"type":"metric","properties":{"metrics":[["App",1]]}}]}"#,
                "/widgets/0/properties/metrics/0 Invalid metric field type, only \"String\" type is allowed",
            ),
        ];
        for (text, expected) in cases {
            let told: Vec<String> = problems(text)
                .unwrap()
                .into_iter()
                .map(|one| format!("{} {}", one.data_path.unwrap(), one.message.unwrap()))
                .collect();
            assert_eq!(told.join("; "), expected, "{text}");
        }
        assert!(problems("[]").is_err() && problems("{").is_err());
    }
}
