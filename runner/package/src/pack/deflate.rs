//! Deflate in pieces that are compressed independently and make one stream (as pigz does): each piece knows the 32 KiB
//! before it, and ends on a whole byte.

use std::io;

use flate2::{Compress, Compression, FlushCompress, Status};

/// How far back a match may reach.
pub(super) const WINDOW_BYTES: usize = 32 * 1024;

/// Compresses a piece behind the bytes that stand before it, of which the last 32 KiB count. `level` is 0 to 9.
pub(super) fn piece(level: u32, before: &[u8], piece: &[u8], is_last: bool) -> io::Result<Vec<u8>> {
    // A new one for each piece: one of zlib-rs that is reset and given a dictionary makes other bytes than a new one, so
    // that they would depend on which thread compressed what before.
    let mut state = Compress::new(Compression::new(level), false);
    if !before.is_empty() {
        let window = &before[before.len().saturating_sub(WINDOW_BYTES)..];
        state.set_dictionary(window).map_err(io::Error::other)?;
    }
    let flush = if is_last { FlushCompress::Finish } else { FlushCompress::Sync };
    let mut output = Vec::with_capacity(piece.len() / 2 + 1024);
    loop {
        // At most the piece's length.
        let unread = &piece[state.total_in() as usize..];
        let status = state.compress_vec(unread, &mut output, flush).map_err(io::Error::other)?;
        let is_done = match flush {
            FlushCompress::Finish => status == Status::StreamEnd,
            // All is out when there was room left.
            _ => state.total_in() as usize == piece.len() && output.len() < output.capacity(),
        };
        if is_done {
            return Ok(output);
        }
        output.reserve(piece.len() / 4 + 1024);
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_make_one_stream(
            content in prop::collection::vec(0_u8..4, 0..5000),
            length in 1_usize..2000,
            level in 0_u32..=9,
        ) {
            let mut stream = Vec::new();
            let mut at = 0;
            loop {
                let end = (at + length).min(content.len());
                let is_last = end == content.len();
                stream.extend(piece(level, &content[..at], &content[at..end], is_last)?);
                at = end;
                if is_last {
                    break;
                }
            }
            let mut inflated = Vec::new();
            flate2::read::DeflateDecoder::new(stream.as_slice()).read_to_end(&mut inflated)?;
            prop_assert_eq!(inflated, content);
        }
    }

    #[test]
    fn what_stands_before_a_piece_counts() {
        let noise: Vec<u8> = (0..20_000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        let alone = piece(6, &[], &noise, true).map(|bytes| bytes.len()).unwrap_or_default();
        let behind_itself = piece(6, &noise, &noise, true).map(|bytes| bytes.len()).unwrap_or_default();
        assert!(behind_itself > 0 && behind_itself * 10 < alone, "{behind_itself} and {alone}");
    }
}
