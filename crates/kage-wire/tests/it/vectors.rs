//! AWS's protocol tests, run from the server's side: a serialized request must read back as the parameters, and
//! the result must be written as an answer that says the same as the stated one.
//!
//! The cases are data outside of the repository. Without them the test says so and proves nothing.

mod compare;
mod left_out;
mod model;
mod xml_tree;

use crate::support;
use kage_schema::{DynamicRecord, Problems};
use kage_wire::{ErrorView, Request, read_input, write_error, write_output};
use left_out::LEFT_OUT;
use model::Model;
use serde_json::Value;
use std::path::PathBuf;

/// How many cases the vectors of 2026-08 have.
const INPUT: usize = 367;
const OUTPUT: usize = 365;

#[expect(clippy::disallowed_methods, reason = "a test finds its vectors by the environment")]
fn folder() -> PathBuf {
    std::env::var_os("KAGE_VECTORS").map(PathBuf::from).unwrap_or_else(|| {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).canonicalize().unwrap().join("../../../shared/vectors")
    })
}

#[expect(clippy::disallowed_methods, reason = "a test reads its vectors")]
fn suites(direction: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let Ok(files) = folder().join("protocols").join(direction).read_dir() else { return found };
    for file in files {
        let path = file.unwrap().path();
        let suites: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        found.extend(suites.as_array().unwrap().iter().map(|suite| (name.clone(), suite.clone())));
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

fn is_left_out(direction: &str, file: &str, id: &str) -> Option<&'static str> {
    let found = LEFT_OUT.iter().find(|(d, f, i, _)| (*d, *f, *i) == (direction, file, id));
    found.map(|(_, _, _, reason)| *reason)
}

/// Runs all cases of one direction. A case that is left out must fail.
fn run(direction: &str, check: fn(&Model, &Value) -> Result<(), String>) -> (usize, usize, Vec<String>) {
    let (mut passed, mut left_out, mut failures) = (0, 0, Vec::new());
    for (file, suite) in suites(direction) {
        for case in suite["cases"].as_array().unwrap() {
            let id = case["id"].as_str().unwrap();
            let outcome = check(&Model::load(&suite, case), case);
            match (is_left_out(direction, &file, id), outcome) {
                (None, Ok(())) => passed += 1,
                (None, Err(why)) => failures.push(format!("{direction}/{file} {id}: {why}")),
                (Some(_), Err(_)) => left_out += 1,
                (Some(reason), Ok(())) => {
                    failures.push(format!("{direction}/{file} {id} passes, though left out: {reason}"));
                }
            }
        }
    }
    (passed, left_out, failures)
}

fn check_input(model: &Model, case: &Value) -> Result<(), String> {
    let serialized = &case["serialized"];
    let (path, query) = {
        let uri = serialized["uri"].as_str().unwrap();
        uri.split_once('?').unwrap_or((uri, ""))
    };
    let headers: Vec<(String, String)> = serialized["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
        .collect();
    let body = compare::body(model.protocol, serialized);
    let request = Request {
        method: serialized["method"].as_str().unwrap(),
        path,
        query,
        headers: &headers,
        body: &body,
        streaming: None,
    };
    let mut record = DynamicRecord::new(model.operation.input);
    let mut problems = Problems::new();
    read_input(model.protocol, model.service, model.operation, &request, &mut record, &mut problems)
        .map_err(|error| error.to_string())?;
    if let Some(violation) = problems.violations.first() {
        return Err(violation.text());
    }
    compare::input(model, &support::to_json(&record), &case["params"])
}

fn check_output(model: &Model, case: &Value) -> Result<(), String> {
    let request_id = "requestid";
    let stated = &case["response"];
    let response = if let Some(error) = case.get("error") {
        let (name, shape) = model.error.as_ref().ok_or("the case has no error shape")?;
        let members = support::from_json(shape.schema, error);
        let view = ErrorView {
            code: shape.code,
            shape: name,
            message: case["errorMessage"].as_str().unwrap_or(""),
            status: stated["status_code"].as_u64().unwrap() as u16,
            sender_fault: !shape.is_fault,
            members: Some(&members),
            ..ErrorView::default()
        };
        write_error(model.protocol, model.service, &view, request_id)
    } else {
        let output = support::from_json(model.operation.output, &case["result"]);
        write_output(model.protocol, model.service, model.operation, &output, request_id)
            .map_err(|error| error.to_string())?
    };
    compare::response(model.protocol, &response, stated)
}

#[test]
fn every_protocol_vector_holds() {
    if !folder().join("protocols").is_dir() {
        println!("protocol vectors: 0 input, 0 output, 0 left out (no vectors at {})", folder().display());
        return;
    }
    let (input, input_left, mut failures) = run("input", check_input);
    let (output, output_left, more) = run("output", check_output);
    failures.extend(more);
    println!("protocol vectors: {input} input, {output} output, {} left out", input_left + output_left);
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert_eq!(input_left + output_left, LEFT_OUT.len(), "a case that is left out does not exist");
    assert_eq!((input + input_left, output + output_left), (INPUT, OUTPUT), "the vectors changed");
}
