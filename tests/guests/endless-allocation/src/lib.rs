//! Takes memory until there is none: by itself in one piece after the other, or politely, asking whether it may.

use guests_support::{Error, Value, failed, step, text};

step!("endless-allocation", run);

const PIECE: usize = 1024 * 1024;

fn run(inputs: Value) -> Result<(), Error> {
    let mut pieces: Vec<Vec<u8>> = Vec::new();
    loop {
        let mut piece = Vec::new();
        if text(&inputs, "how") == "politely" {
            piece.try_reserve_exact(PIECE).map_err(|error| failed(error.to_string()))?;
        }
        piece.resize(PIECE, 1);
        pieces.push(std::hint::black_box(piece));
    }
}
