//! `aws-chunked` bodies.

use kage_sigv4::{
    Algorithm, Body, ChunkDecoder, ChunkLimits, ChunkSigner, KeyMaterial, PathRule, PayloadHash, Piece,
    RequestParts, SignedRequest, Signer, Trailer, VerifyOptions, parse,
};

use super::signature::refused;
use crate::source::Source;
use crate::target::Target;

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
/// 2015-08-30T12:36:00Z.
const NOW: i64 = 1_440_938_160;
const LIMITS: ChunkLimits = ChunkLimits { line: 512, trailers: 1024, chunk: 1 << 20, smallest_chunk: 1 };
const CHECKSUM: &str = "x-amz-checksum-crc32";

/// Three bytes of choices (form, declared length, split), then the body.
pub const BODY: Target = Target {
    name: "chunked_body",
    law: "any body decodes or is refused, gives no more than was declared, and the same however it is split",
    check: body,
    seeds: &[
        b"\x00\x00\x03b\r\nhello world\r\n0\r\n\r\n",
        b"\x03\x0b\x01b\r\nhello world\r\n0\r\nx-amz-checksum-crc32:DUoRhQ==\r\n\r\n",
        b"\x04\x05\x02b;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\nhello world\r\n0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
        b"\x01\x03\x011\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
        b"\x02\x00\x000\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:00\r\n\r\n",
    ],
    dictionary: &[
        b"\r\n", b"0\r\n\r\n", b"0\r\n", b";chunk-signature=", b"x-amz-checksum-crc32:", b"x-amz-trailer-signature:",
        b"ffffffffffffffff", b"10000000000000000", b"FFFFFFFF\r\n", b"1\r\na\r\n", b"\n", b" ", b"00000000001",
    ],
    rounds: 15_000,
};

/// Three bytes of choices (form, damage, split), one of the chunk size, then the payload.
pub const ROUND_TRIP: Target = Target {
    name: "chunked_round_trip",
    law: "a written body decodes to its payload; a damaged signed one never decodes to anything else",
    check: round_trip,
    seeds: &[
        b"\x00\x00\x03\x04hello world",
        b"\x01\x00\x01\x01hello world",
        b"\x02\x00\x07\x20hello world, hello chunks",
        b"\x01\x09\x05\x03damaged",
        b"\x02\x80\x05\x03damaged",
        b"\x02\x00\x01\x01",
    ],
    dictionary: &[b"\r\n", b"0\r\n\r\n", b"\0\0\0\0"],
    rounds: 4_000,
};

/// How a body is framed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Unsigned,
    Signed,
    SignedTrailer,
}

impl Form {
    fn read(source: &mut Source<'_>) -> (Self, u8) {
        let byte = source.byte();
        let form = match byte % 3 {
            0 => Self::Unsigned,
            1 => Self::Signed,
            _ => Self::SignedTrailer,
        };
        (form, byte / 3)
    }

    fn trailers(self) -> &'static [&'static str] {
        if self == Self::Signed { &[] } else { &[CHECKSUM] }
    }
}

fn body(data: &[u8]) {
    let mut source = Source::new(data);
    let (form, variant) = Form::read(&mut source);
    let (length, split) = (u64::from(source.byte()), source.byte());
    let declared = (variant % 2 == 1).then_some(length);
    let trailers = if variant % 4 < 2 { &[][..] } else { form.trailers() };
    let whole = decode(form, declared, trailers, source.rest(), 0);
    let pieces = decode(form, declared, trailers, source.rest(), split);
    assert_eq!(whole.is_some(), pieces.is_some(), "splitting decides whether the body is good");
    if whole.is_some() {
        assert_eq!(whole, pieces, "splitting decides what the body is");
    }
}

fn round_trip(data: &[u8]) {
    let mut source = Source::new(data);
    let (form, _) = Form::read(&mut source);
    let (damage, split, size) = (source.byte(), source.byte(), usize::from(source.byte()).max(1));
    let payload = source.rest();
    let Some(mut bytes) = encode(form, payload, size) else {
        assert!(form == Form::Unsigned && payload.is_empty(), "the body could not be signed");
        return;
    };
    let length = u64::try_from(payload.len()).ok();
    let found = decode(form, length, form.trailers(), &bytes, split);
    assert_eq!(
        found.as_ref().map(|(data, _)| data.as_slice()),
        Some(payload),
        "the payload did not come back"
    );
    // One bit is turned over anywhere. Where chunks are signed no other payload may be believed.
    let at = usize::from(damage).checked_rem(bytes.len()).unwrap_or(0);
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= 1 << (split % 8);
    }
    if let (Some((data, _)), true) =
        (decode(form, length, form.trailers(), &bytes, split), form != Form::Unsigned)
    {
        assert_eq!(data, payload, "a damaged body was believed");
    }
}

/// The payload and trailers of a body that is fed in pieces of `split` bytes (0: all at once); `None` when refused.
fn decode(
    form: Form,
    declared: Option<u64>,
    trailers: &[&str],
    bytes: &[u8],
    split: u8,
) -> Option<(Vec<u8>, Vec<Trailer>)> {
    let mut decoder = decoder(form, declared, trailers)?;
    let mut out = Vec::new();
    let step = if split == 0 { bytes.len().max(1) } else { usize::from(split) };
    for mut piece in bytes.chunks(step) {
        loop {
            match decoder.next(&mut piece) {
                Ok(Piece::Data(data)) => {
                    assert!(!data.is_empty(), "an empty piece");
                    out.extend_from_slice(data);
                }
                Ok(Piece::NeedInput | Piece::Done) => break,
                Err(error) => {
                    refused(&error);
                    return None;
                }
            }
            let length = u64::try_from(out.len()).unwrap_or(u64::MAX);
            assert_eq!(decoder.decoded_bytes(), length, "the decoder counts otherwise");
            assert!(declared.is_none_or(|declared| length <= declared), "more than was declared");
        }
        assert!(piece.is_empty(), "input was left lying");
    }
    decoder.finish().map_err(|error| refused(&error)).ok().map(|trailers| (out, trailers))
}

fn decoder(form: Form, declared: Option<u64>, trailers: &[&str]) -> Option<ChunkDecoder> {
    if form == Form::Unsigned {
        return Some(ChunkDecoder::unsigned(declared, trailers, LIMITS));
    }
    let signed = signed(form)?;
    let mut headers: Vec<(&str, &[u8])> = vec![("host", b"b.s3.amazonaws.com")];
    headers.extend(signed.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
    let parts = RequestParts { method: "PUT", path: "/k", query: "", headers: &headers };
    let claim = parse(&parts).ok()??;
    let options = VerifyOptions::s3(None);
    let verified =
        claim.check(&parts, NOW, &options).ok()?.verify(KeyMaterial::Secret(SECRET), Body::Later).ok()?;
    let decoder = verified.chunk_decoder(declared, trailers, LIMITS);
    assert!(decoder.is_some(), "a signed streaming request has no decoder");
    decoder
}

fn signed(form: Form) -> Option<SignedRequest> {
    let payload = match form {
        Form::Unsigned => PayloadHash::StreamingUnsignedTrailer,
        Form::Signed => PayloadHash::StreamingSigned,
        Form::SignedTrailer => PayloadHash::StreamingSignedTrailer,
    };
    let signer = Signer {
        algorithm: Algorithm::HmacSha256,
        access_key: "AKIAIOSFODNN7EXAMPLE",
        secret: SECRET,
        session_token: None,
        region: "us-east-1",
        service: "s3",
        path: PathRule { normalise: false, encode_again: false },
        token_after_signing: false,
        send_content_sha256: true,
    };
    let headers: [(&str, &[u8]); 1] = [("host", b"b.s3.amazonaws.com")];
    let parts = RequestParts { method: "PUT", path: "/k", query: "", headers: &headers };
    signer.sign(&parts, &payload, NOW).ok()
}

fn encode(form: Form, payload: &[u8], size: usize) -> Option<Vec<u8>> {
    let mut signer =
        if form == Form::Unsigned { ChunkSigner::unsigned() } else { signed(form)?.chunk_signer() };
    let mut out = Vec::new();
    for chunk in payload.chunks(size) {
        signer.chunk(chunk, &mut out).ok()?;
    }
    let trailers: [(&str, &str); 1] = [(CHECKSUM, "DUoRhQ==")];
    signer.finish((form != Form::Signed).then_some(&trailers[..]), &mut out).ok()?;
    Some(out)
}
