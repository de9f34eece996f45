//! IAM's words for values that break the limits of its model.

use crate::hands::Hands;
use crate::policy;
use serde_json::json;

#[test]
fn names_paths_and_documents_are_refused_in_iams_words() {
    let hands = Hands::new();
    let names = "It must contain only alphanumeric characters and/or the following: +=,.@_-";
    let paths = "It must begin and end with / and contain only alphanumeric characters and/or / characters.";
    let prefixes =
        "It must begin with the / character and contain only alphanumeric characters and/or / characters.";
    let documents = "It must contain only printable ASCII characters.";
    hands.ok("CreateGroup", json!({"GroupName": "g"}));
    for (operation, input, member, says) in [
        ("CreateUser", json!({"UserName": "b ob"}), "userName", names),
        ("CreateUser", json!({"UserName": "b\u{e4}b"}), "userName", names),
        ("CreateUser", json!({"UserName": "line\nbreak"}), "userName", names),
        ("GetRole", json!({"RoleName": "arn:aws:iam::111122223333:role/x"}), "roleName", names),
        ("UpdateGroup", json!({"GroupName": "g", "NewGroupName": "a/b"}), "newGroupName", names),
        ("CreateGroup", json!({"GroupName": "h", "Path": "x/"}), "path", paths),
        ("ListUsers", json!({"PathPrefix": "x"}), "pathPrefix", prefixes),
        (
            "CreatePolicy",
            json!({"PolicyName": "p", "PolicyDocument": policy("Allow", "s3:*", "\u{2003}")}),
            "policyDocument",
            documents,
        ),
    ] {
        let text = format!("The specified value for {member} is invalid. {says}");
        hands.refused(operation, input, "ValidationError", 400, &text);
    }
}

#[test]
fn lengths_and_lists_are_refused_in_the_words_of_the_framework() {
    let hands = Hands::new();
    let long = "x".repeat(65);
    let text = format!(
        "1 validation error detected: Value '{long}' at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"
    );
    hands.refused("CreateUser", json!({"UserName": long}), "ValidationError", 400, &text);
    hands.ok("CreateUser", json!({"UserName": "bob"}));
    let text = r"1 validation error detected: Value '[a, b*]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 128, Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: [\p{L}\p{Z}\p{N}_.:/=+\-@]+]";
    hands.refused(
        "UntagUser",
        json!({"UserName": "bob", "TagKeys": ["a", "b*"]}),
        "ValidationError",
        400,
        text,
    );
    // Two hyphens in a row are refused by a part of the pattern that looks ahead.
    hands.error("CreateAccountAlias", json!({"AccountAlias": "ac--me"}), "ValidationError", 400);
}
