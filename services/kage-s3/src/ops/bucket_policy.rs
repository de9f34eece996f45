//! The policy of a bucket.

use crate::scene::{self, Scene};
use crate::{buckets, errors, policy, public};
use kage_api_s3::operations;
use kage_api_s3::types::{
    DeleteBucketPolicyRequest, DeleteBucketPolicyResponse, GetBucketPolicyOutput, GetBucketPolicyRequest,
    GetBucketPolicyStatusOutput, PolicyStatus, PutBucketPolicyRequest, PutBucketPolicyResponse,
};
use kage_core::{Access, Call, Error, Lookup, Operation, Recording, Result, Tx};
use kage_schema::OperationModel;

/// Sets the policy.
pub struct PutBucketPolicy;
/// Shows the policy.
pub struct GetBucketPolicy;
/// Removes the policy.
pub struct DeleteBucketPolicy;

const NONE: (&str, &str) = ("NoSuchBucketPolicy", "The bucket policy does not exist");

/// AWS: PutBucketPolicy: callers of another account are answered 405.
fn require_own(call: &Call<'_>, scene: &Scene, method: &'static str) -> Result<()> {
    if scene.is_own(call) || call.caller.service_name().is_some() {
        return Ok(());
    }
    let text = "The specified method is not allowed against this resource.";
    Err(Error::new("MethodNotAllowed", 405, text).with("Method", method).with("ResourceType", "BUCKETPOLICY"))
}

/// The rest of an operation on the policy: naming and access.
macro_rules! on_policy {
    ($input:ident, $output:ident, $model:ident, $action:literal) => {
        type Input = $input;
        type Output = $output;
        type Target = Scene;
        const MODEL: &'static OperationModel = &operations::$model;

        fn resolve(call: &Call<'_>, tx: &Tx, input: &$input) -> Result<Lookup<Scene>> {
            scene::find(call, tx, &input.bucket, input.expected_bucket_owner.as_deref()).map(Lookup::Found)
        }

        fn access(call: &Call<'_>, _: &$input, target: &Lookup<Scene>) -> Access {
            target.found().map_or_else(|| Access::any($action), |scene| scene.policy_access(call, $action))
        }

        in_words_of_s3!();
    };
}

impl Operation for PutBucketPolicy {
    on_policy!(PutBucketPolicyRequest, PutBucketPolicyResponse, PUT_BUCKET_POLICY, "s3:PutBucketPolicy");

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &PutBucketPolicyRequest,
    ) -> Result<PutBucketPolicyResponse> {
        require_own(call, &scene, "PUT")?;
        let text = policy::stored(tx.reads(), &input.bucket, &input.policy)?;
        if scene.block.block_policy && public::is_public(&text) {
            let arn = scene.bucket.arn();
            return Err(errors::public_access_blocked(
                call,
                "s3:PutBucketPolicy",
                &arn,
                "policies",
                "BlockPublicPolicy",
            ));
        }
        let mut bucket = scene.bucket;
        bucket.policy = Some(text);
        buckets::put(tx, &bucket)?;
        Ok(PutBucketPolicyResponse {})
    }
}

impl Operation for GetBucketPolicy {
    on_policy!(GetBucketPolicyRequest, GetBucketPolicyOutput, GET_BUCKET_POLICY, "s3:GetBucketPolicy");

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        input: &GetBucketPolicyRequest,
    ) -> Result<GetBucketPolicyOutput> {
        require_own(call, &scene, "GET")?;
        let text =
            scene.bucket.policy.ok_or_else(|| errors::not_configured(NONE.0, NONE.1, &input.bucket))?;
        Ok(GetBucketPolicyOutput { policy: Some(policy::shown(tx.reads(), &text)?) })
    }
}

impl Operation for DeleteBucketPolicy {
    on_policy!(
        DeleteBucketPolicyRequest,
        DeleteBucketPolicyResponse,
        DELETE_BUCKET_POLICY,
        "s3:DeleteBucketPolicy"
    );

    fn run(
        call: &Call<'_>,
        tx: &mut Tx,
        scene: Scene,
        _: &DeleteBucketPolicyRequest,
    ) -> Result<DeleteBucketPolicyResponse> {
        require_own(call, &scene, "DELETE")?;
        let mut bucket = scene.bucket;
        bucket.policy = None;
        buckets::put(tx, &bucket)?;
        Ok(DeleteBucketPolicyResponse {})
    }
}

on_bucket!(
    /// Says whether the policy is public (rule 153).
    GetBucketPolicyStatus(GetBucketPolicyStatusRequest) -> GetBucketPolicyStatusOutput, GET_BUCKET_POLICY_STATUS,
    "s3:GetBucketPolicyStatus", Recording::MANAGEMENT,
    |_call, _tx, scene, input| {
        let text = scene.bucket.policy.ok_or_else(|| errors::not_configured(NONE.0, NONE.1, &input.bucket))?;
        let status = PolicyStatus { is_public: Some(public::is_public(&text)) };
        Ok(GetBucketPolicyStatusOutput { policy_status: Some(status) })
    }
);
