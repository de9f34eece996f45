//! A. Request model. Rules 1-3, 5-9 are about what the caller asks and are proven where it is done.

use kage_authz::{CheckKind, Principal, ResourceRef};
use serde_json::json;

use crate::harness::*;

#[test]
fn rule_001_a_missing_owner_is_the_callers_own_account() {
    let mut own = case(user()).identity(allow("s3:*", "*"));
    own.request.resource.account = None;
    own.allowed();
}

#[test]
fn rule_004_an_action_without_resource_is_asked_of_the_star() {
    let mut list = call(user(), "s3:ListAllMyBuckets", "*");
    list.request.resource = ResourceRef::none();
    // claims: ID-POLICY-04
    list.clone().identity(allow("s3:*", "*")).allowed();
    list.clone().identity(allow("s3:*", "arn:aws:s3:::*")).implicitly_denied(CheckKind::Identity);
    list.clone().identity(allow("s3:*", "arn:*")).implicitly_denied(CheckKind::Identity);
    list.identity(json!({"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::bucket"}))
        .allowed();
}

#[test]
fn rule_010_anonymous_callers_have_only_what_the_resource_gives() {
    let anonymous = case(Principal::Anonymous);
    anonymous.implicitly_denied(CheckKind::Resource);
    anonymous.clone().identity(allow("*", "*")).implicitly_denied(CheckKind::Resource);
    anonymous.clone().resource(grant(json!("*"))).allowed();
    anonymous.clone().resource(grant(json!({"AWS": ROOT_ARN}))).implicitly_denied(CheckKind::Resource);
    // Identity, boundary, session and SCP do not exist for them; RCP and endpoint do.
    let public = anonymous.resource(grant(json!("*")));
    let shut = deny("*", "*");
    public
        .clone()
        .scp(shut.clone())
        .identity(shut.clone())
        .boundary(shut.clone())
        .session(shut.clone())
        .allowed();
    let all = for_principal(allow("*", "*"), json!("*"));
    let none = for_principal(shut, json!("*"));
    public.clone().rcp(json!([all, none])).explicitly_denied(CheckKind::ResourceControl);
    public.clone().endpoint(none).explicitly_denied(CheckKind::Endpoint);
    public.endpoint(for_principal(allow("sqs:*", "*"), json!("*"))).implicitly_denied(CheckKind::Endpoint);
}
