//! The extended request id that goes with a request id. Events tell the one that the answer had.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// `x-amz-id-2` for a request id; the same that the wire format puts on the answer.
pub fn of(request_id: &str) -> String {
    // FNV-1a and splitmix64, as in kage-wire, which services do not know. A test holds the two together.
    let mut state = request_id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, b| (hash ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3));
    let mut bytes = Vec::with_capacity(48);
    for _ in 0..6 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(z ^ (z >> 31)).to_be_bytes());
    }
    STANDARD.encode(bytes)
}
