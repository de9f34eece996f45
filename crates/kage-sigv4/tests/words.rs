//! Every failure has words in every dialect.

#[cfg(test)]
mod words {
    use kage_sigv4::{AuthError, Dialect, Kind};

    fn read(error: &AuthError, dialect: Dialect) -> (&'static str, u16, String) {
        (error.code(dialect), error.status(dialect), error.message(dialect))
    }

    fn row(code: &'static str, status: u16, message: &str) -> (&'static str, u16, String) {
        (code, status, message.to_owned())
    }

    #[test]
    fn every_failure_has_words_in_every_dialect() {
        let text = || "x".to_owned();
        let errors = [
            AuthError::UnsupportedAlgorithm { kind: Kind::Post, algorithm: text() },
            AuthError::BadDate { kind: Kind::Post, value: text() },
            AuthError::MalformedCredential { kind: Kind::Post, credential: text(), elements: 4 },
            AuthError::BodyNotHashed,
            AuthError::IncompleteBody,
            AuthError::MalformedTrailer,
            AuthError::InvalidChunkSize { chunk: 2, size: 5 },
            AuthError::ChunkTooLarge { size: 2, limit: 1 },
            AuthError::PostMissingField("policy"),
            AuthError::PolicyInvalid(text()),
            AuthError::PolicyConditionFailed(text()),
            AuthError::PolicyExtraFields(text()),
            AuthError::PolicyExpired,
            AuthError::EntityTooLarge { size: 2, limit: 1 },
            AuthError::EntityTooSmall { size: 1, limit: 2 },
        ];
        for error in errors {
            for dialect in [Dialect::Query, Dialect::Ec2, Dialect::Json, Dialect::RestJson, Dialect::S3] {
                assert!(!error.message(dialect).is_empty(), "{error:?} {dialect:?}");
                assert!((400..=500).contains(&error.status(dialect)), "{error:?} {dialect:?}");
            }
        }
        let small = AuthError::InvalidChunkSize { chunk: 2, size: 5 };
        let words = "Only the last chunk is allowed to have a size less than 8192 bytes";
        assert_eq!(read(&small, Dialect::S3), row("InvalidChunkSizeError", 400, words));
        let members = [("Chunk", "2".to_owned()), ("BadChunkSize", "5".to_owned())];
        assert_eq!(small.members(Dialect::S3), members);
        let trailer = AuthError::MalformedTrailer;
        assert_eq!((trailer.code(Dialect::S3), trailer.status(Dialect::S3)), ("MalformedTrailerError", 400));
    }

    #[test]
    fn what_the_caller_finds() {
        let key = "AKIDEXAMPLE".to_owned();
        let invalid = "The security token included in the request is invalid.";
        for error in [AuthError::UnknownAccessKey(key.clone()), AuthError::InactiveAccessKey(key.clone())] {
            assert_eq!(read(&error, Dialect::Query), row("InvalidClientTokenId", 403, invalid));
            assert_eq!(read(&error, Dialect::Json), row("UnrecognizedClientException", 400, invalid));
            assert_eq!(read(&error, Dialect::RestJson), row("UnrecognizedClientException", 403, invalid));
            assert_eq!((error.code(Dialect::Ec2), error.status(Dialect::Ec2)), ("AuthFailure", 401));
            let text = "The AWS Access Key Id you provided does not exist in our records.";
            assert_eq!(read(&error, Dialect::S3), row("InvalidAccessKeyId", 403, text));
            assert_eq!(error.members(Dialect::S3), [("AWSAccessKeyId", key.clone())]);
        }
        let expired = AuthError::ExpiredToken("token".to_owned());
        let text = "The security token included in the request is expired";
        assert_eq!(read(&expired, Dialect::Query), row("ExpiredToken", 403, text));
        assert_eq!(read(&expired, Dialect::Json), row("ExpiredTokenException", 400, text));
        assert_eq!(read(&expired, Dialect::Ec2), row("RequestExpired", 400, "Request has expired."));
        assert_eq!(read(&expired, Dialect::S3), row("ExpiredToken", 400, "The provided token has expired."));
        let invalid = AuthError::InvalidToken("token".to_owned());
        let text = "The provided token is malformed or otherwise invalid.";
        assert_eq!(read(&invalid, Dialect::S3), row("InvalidToken", 400, text));
        assert_eq!(invalid.members(Dialect::S3), [("Token-0", "token".to_owned())]);
        assert_eq!(invalid.code(Dialect::Query), "InvalidClientTokenId");
    }
}
