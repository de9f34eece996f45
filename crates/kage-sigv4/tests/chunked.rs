//! Chunked bodies: AWS's documented examples, round trips with random splits, and everything that can be wrong.

#[cfg(test)]
mod decoding {
    use kage_sigv4::{
        Algorithm, AuthError, Body, ChunkDecoder, ChunkLimits, ChunkSigner, KeyMaterial, PathRule,
        PayloadHash, Piece, RequestParts, SignedRequest, Signer, Trailer, VerifyOptions, verify,
    };
    use proptest::prelude::*;

    const NOW: i64 = 1_369_353_600;
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    fn signer(algorithm: Algorithm) -> Signer<'static> {
        Signer {
            algorithm,
            access_key: "AKIAIOSFODNN7EXAMPLE",
            secret: SECRET,
            session_token: None,
            region: "us-east-1",
            service: "s3",
            path: PathRule { normalise: false, encode_again: false },
            token_after_signing: false,
            send_content_sha256: true,
        }
    }

    /// Signs an upload with the given headers; returns it with the decoder that the verifier made for it.
    fn upload(
        algorithm: Algorithm,
        payload: &PayloadHash,
        extra: &[(&str, &str)],
        length: Option<u64>,
        limits: ChunkLimits,
    ) -> (SignedRequest, ChunkDecoder) {
        let mut headers: Vec<(&str, &[u8])> = vec![("Host", b"s3.amazonaws.com")];
        headers.extend(extra.iter().map(|(name, value)| (*name, value.as_bytes())));
        let parts = RequestParts {
            method: "PUT",
            path: "/examplebucket/chunkObject.txt",
            query: "",
            headers: &headers,
        };
        let signed = signer(algorithm).sign(&parts, payload, NOW).unwrap();
        let mut all = headers.clone();
        all.extend(signed.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let parts = RequestParts { headers: &all, ..parts };
        let claim = kage_sigv4::parse(&parts).unwrap().unwrap();
        let options = VerifyOptions::s3(Some("us-east-1"));
        let verified =
            verify(&parts, &claim, KeyMaterial::Secret(SECRET), Body::Later, NOW, &options).unwrap();
        let names = extra.iter().find(|(name, _)| *name == "x-amz-trailer").map(|(_, value)| *value);
        let names: Vec<&str> = names.map(|value| value.split(',').collect()).unwrap_or_default();
        let decoder = verified.chunk_decoder(length, &names, limits).unwrap();
        (signed, decoder)
    }

    fn feed(decoder: &mut ChunkDecoder, mut input: &[u8], out: &mut Vec<u8>) -> Result<(), AuthError> {
        while let Piece::Data(data) = decoder.next(&mut input)? {
            out.extend_from_slice(data);
        }
        assert!(input.is_empty());
        Ok(())
    }

    fn read(mut decoder: ChunkDecoder, stream: &[u8]) -> Result<(Vec<u8>, Vec<Trailer>), AuthError> {
        let mut out = Vec::new();
        feed(&mut decoder, stream, &mut out)?;
        assert_eq!(decoder.decoded_bytes(), out.len() as u64);
        Ok((out, decoder.finish()?))
    }

    // AWS: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple Chunks",
    // Example Calculations.
    #[test]
    fn documented_example() {
        let extra = [
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("Content-Encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "66560"),
            ("Content-Length", "66824"),
        ];
        let limits = ChunkLimits::default();
        let payload = PayloadHash::StreamingSigned;
        let (signed, decoder) = upload(Algorithm::HmacSha256, &payload, &extra, Some(66_560), limits);
        assert_eq!(signed.signature, "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
        let mut ours = Vec::new();
        let mut writer = signed.chunk_signer();
        writer.chunk(&[b'a'; 65_536], &mut ours).unwrap();
        writer.chunk(&[b'a'; 1_024], &mut ours).unwrap();
        writer.finish(None, &mut ours).unwrap();
        let expected = [
            "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
            &"a".repeat(65_536),
            "\r\n400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
            &"a".repeat(1_024),
            "\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
        ]
        .concat();
        assert!(ours == expected.as_bytes());
        assert_eq!(expected.len(), 66_824);
        let (body, trailers) = read(decoder, expected.as_bytes()).unwrap();
        assert_eq!((body.len(), trailers.len()), (66_560, 0));
    }

    // AWS: "… Including Trailing Headers (Chunked Upload)", Example: PUT Object. The stream is spelled as the page
    // spells it, with the odd end of the trailer line.
    #[test]
    fn documented_example_with_trailer() {
        let extra = [
            ("x-amz-storage-class", "REDUCED_REDUNDANCY"),
            ("Content-Encoding", "aws-chunked"),
            ("x-amz-decoded-content-length", "66560"),
            ("x-amz-trailer", "x-amz-checksum-crc32c"),
        ];
        let limits = ChunkLimits::default();
        let payload = PayloadHash::StreamingSignedTrailer;
        let (signed, decoder) = upload(Algorithm::HmacSha256, &payload, &extra, Some(66_560), limits);
        assert_eq!(signed.signature, "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
        let stream = [
            "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n",
            &"a".repeat(65_536),
            "\r\n400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n",
            &"a".repeat(1_024),
            "\r\n0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n",
            "x-amz-checksum-crc32c:sOO8/Q==\n\r\n",
            "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
        ]
        .concat();
        let (body, trailers) = read(decoder, stream.as_bytes()).unwrap();
        assert_eq!(body.len(), 66_560);
        let (name, value) = ("x-amz-checksum-crc32c".to_owned(), "sOO8/Q==".to_owned());
        assert_eq!(trailers, [Trailer { name, value }]);
    }

    const TRAILERS: [(&str, &str); 2] = [("x-amz-checksum-crc32", "AAAAAA=="), ("x-amz-meta-z", "last one")];
    const TRAILER_HEADER: [(&str, &str); 1] = [("x-amz-trailer", "x-amz-meta-z,x-amz-checksum-crc32")];

    fn modes() -> [(Algorithm, PayloadHash, bool); 5] {
        use Algorithm::{EcdsaP256Sha256, HmacSha256};
        [
            (HmacSha256, PayloadHash::StreamingSigned, false),
            (HmacSha256, PayloadHash::StreamingSignedTrailer, true),
            (HmacSha256, PayloadHash::StreamingUnsignedTrailer, true),
            (EcdsaP256Sha256, PayloadHash::StreamingEcdsa, false),
            (EcdsaP256Sha256, PayloadHash::StreamingEcdsaTrailer, true),
        ]
    }

    /// One upload in one mode: the decoder, its stream and the payload.
    fn example(mode: usize, data: &[u8], chunk: usize, limits: ChunkLimits) -> (ChunkDecoder, Vec<u8>) {
        let (algorithm, payload, has_trailers) = modes()[mode].clone();
        let extra: &[(&str, &str)] = if has_trailers { &TRAILER_HEADER } else { &[] };
        let (signed, decoder) = upload(algorithm, &payload, extra, Some(data.len() as u64), limits);
        let unsigned = payload == PayloadHash::StreamingUnsignedTrailer;
        let mut writer = if unsigned { ChunkSigner::unsigned() } else { signed.chunk_signer() };
        let mut stream = Vec::new();
        for piece in data.chunks(chunk) {
            writer.chunk(piece, &mut stream).unwrap();
        }
        let trailers: Option<&[(&str, &str)]> = if has_trailers { Some(&TRAILERS) } else { None };
        writer.finish(trailers, &mut stream).unwrap();
        (decoder, stream)
    }

    const SMALL: ChunkLimits = ChunkLimits { line: 512, trailers: 2048, chunk: 4096, smallest_chunk: 1 };

    proptest! {
        #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn any_split_gives_the_same_payload(
            mode in 0_usize..5,
            data in proptest::collection::vec(any::<u8>(), 0..600),
            chunk in 1_usize..200,
            cuts in proptest::collection::vec(0_usize..4000, 0..20),
        ) {
            let (mut decoder, stream) = example(mode, &data, chunk, SMALL);
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut % (stream.len() + 1)).collect();
            cuts.extend([0, stream.len()]);
            cuts.sort_unstable();
            let mut out = Vec::new();
            for pair in cuts.windows(2) {
                feed(&mut decoder, &stream[pair[0]..pair[1]], &mut out).unwrap();
            }
            prop_assert_eq!(&out, &data);
            prop_assert_eq!(decoder.finish().unwrap().len(), if modes()[mode].2 { 2 } else { 0 });
        }

        #[test]
        fn a_changed_signed_stream_is_refused(
            mode in prop_oneof![Just(0_usize), Just(1), Just(3), Just(4)],
            data in proptest::collection::vec(any::<u8>(), 1..200),
            at in any::<prop::sample::Index>(),
            flip in 1_u8..=255,
        ) {
            let (decoder, mut stream) = example(mode, &data, 64, SMALL);
            let position = at.index(stream.len());
            let before = stream[position];
            stream[position] ^= flip;
            // Bytes outside the signature may change without effect: the case of hexadecimal digits of a size and
            // of a Version 4A signature, of trailer names, and white space around trailers.
            let harmless = before.eq_ignore_ascii_case(&stream[position])
                || (before.is_ascii_whitespace() && stream[position].is_ascii_whitespace());
            if let Ok((out, _)) = read(decoder, &stream) {
                prop_assert!(harmless, "byte {} from {} to {}", position, before, stream[position]);
                prop_assert_eq!(out, data);
            }
        }

        #[test]
        fn any_truncation_is_refused(
            mode in 0_usize..5,
            data in proptest::collection::vec(any::<u8>(), 0..200),
            at in any::<prop::sample::Index>(),
        ) {
            let (decoder, stream) = example(mode, &data, 64, SMALL);
            let end = at.index(stream.len());
            prop_assert!(read(decoder, &stream[..end]).is_err());
        }

        #[test]
        fn nothing_panics(mode in 0_usize..5, bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            let (decoder, _) = example(mode, b"data", 4, SMALL);
            prop_assert!(read(decoder, &bytes).is_err());
        }

        #[test]
        fn likely_bytes_do_not_panic(mode in 0_usize..5, text in "([0-9a-f]{1,3}(;chunk-signature=[0-9a-f]{0,64})?\r\n|\r\n|[a-z-]{1,9}:[a-z]{0,5}\r?\n|[a-z]{1,30}){0,12}") {
            let (mut decoder, _) = example(mode, b"data", 4, SMALL);
            let mut out = Vec::new();
            let _ = feed(&mut decoder, text.as_bytes(), &mut out).and_then(|()| decoder.finish().map(|_| ()));
        }
    }

    #[test]
    fn chunks_cannot_be_swapped_dropped_or_repeated() {
        let (_, stream) = example(0, &[7; 30], 10, SMALL);
        let header = b"a;chunk-signature=".len() + 64 + 2;
        let size = header + 10 + 2;
        let chunk = |index: usize| stream[index * size..(index + 1) * size].to_vec();
        let last = stream[3 * size..].to_vec();
        let refuse = |order: &[usize]| {
            let mut changed: Vec<u8> = order.iter().flat_map(|index| chunk(*index)).collect();
            changed.extend_from_slice(&last);
            let (decoder, _) = example(0, &[7; 30], 10, SMALL);
            read(decoder, &changed)
        };
        assert!(refuse(&[0, 1, 2]).is_ok());
        for order in [&[1, 0, 2][..], &[0, 1], &[0, 0, 1], &[]] {
            assert!(matches!(refuse(order), Err(AuthError::SignatureMismatch(_))), "{order:?}");
        }
    }

    fn unsigned(stream: &str, length: Option<u64>, trailers: &[&str], limits: ChunkLimits) -> AuthError {
        read(ChunkDecoder::unsigned(length, trailers, limits), stream.as_bytes()).unwrap_err()
    }

    #[test]
    fn malformed_bodies() {
        let limits = ChunkLimits::default();
        let error = |stream: &str| unsigned(stream, None, &[], limits);
        for stream in [
            "",
            "\r\n",
            "5\r\nhello",
            "5\r\nhello\r\n",
            "5\r\nhelloX\r\n0\r\n\r\n",
            "5\nhello\r\n0\r\n\r\n",
            "g\r\n",
            "-5\r\nhello\r\n",
            " 5\r\nhello\r\n",
            "+5\r\nhello\r\n0\r\n\r\n",
            "11111111111111111\r\n",
            "0\r\n\r\nmore",
            "\u{e9}\r\n",
        ] {
            assert_eq!(error(stream), AuthError::IncompleteBody, "{stream:?}");
        }
        for stream in ["0\r\nnocolon\r\n\r\n", "0\r\na:b\r\n\r\n", "0\r\nx-amz-trailer-signature:00\r\n\r\n"]
        {
            assert_eq!(error(stream), AuthError::MalformedTrailer, "{stream:?}");
        }
    }

    #[test]
    fn lengths_and_limits() {
        let limits = ChunkLimits::default();
        let hello = "5\r\nhello\r\n0\r\n\r\n";
        assert_eq!(unsigned(hello, Some(4), &[], limits), AuthError::IncompleteBody);
        assert_eq!(unsigned(hello, Some(6), &[], limits), AuthError::IncompleteBody);
        assert_eq!(unsigned(hello, Some(5), &["x-amz-checksum-sha1"], limits), AuthError::IncompleteBody);
        let blank_twice = "5\r\nhello\r\n0\r\n\r\n\r\n";
        assert_eq!(
            unsigned(blank_twice, Some(5), &["x-amz-checksum-sha1"], limits),
            AuthError::MalformedTrailer
        );
        let two_small = "5\r\nhello\r\n5\r\nhello\r\n0\r\n\r\n";
        assert_eq!(unsigned(two_small, None, &[], limits), AuthError::InvalidChunkSize { chunk: 2, size: 5 });
        let large = unsigned("ffffffffffffffff\r\n", None, &[], limits);
        assert_eq!(large, AuthError::ChunkTooLarge { size: u64::MAX, limit: 5 << 30 });
        let long_line = format!("5;{}", "x".repeat(5000));
        assert!(matches!(unsigned(&long_line, None, &[], limits), AuthError::ChunkTooLarge { .. }));
        let many = format!("0\r\n{}", "a:b\r\n".repeat(4000));
        assert!(matches!(unsigned(&many, None, &[], limits), AuthError::ChunkTooLarge { .. }));
    }

    #[test]
    fn signed_bodies_need_signatures() {
        for mode in [0, 1, 3, 4] {
            let (decoder, _) = example(mode, b"hello", 5, SMALL);
            assert_eq!(read(decoder, b"5\r\nhello\r\n0\r\n\r\n"), Err(AuthError::IncompleteBody));
        }
        let (decoder, mut stream) = example(1, b"hello", 5, SMALL);
        let end = stream.windows(24).position(|window| window == b"x-amz-trailer-signature:").unwrap();
        stream.truncate(end);
        stream.extend_from_slice(b"\r\n");
        assert_eq!(read(decoder, &stream), Err(AuthError::IncompleteBody));
    }
}
