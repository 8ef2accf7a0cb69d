//! The tree that everything is measured on: always the same bytes.

use std::fs;
use std::io;
use std::path::Path;

const TEXT_FILES: usize = 5000;
const LARGE_FILES: usize = 3;
const LARGE_BYTES: usize = 50 * 1024 * 1024;
/// Of the large files, pieces of so many bytes are text and noise by turns.
const PIECE_BYTES: usize = 16 * 1024;

/// Writes 5,000 text files of 0.2 to 60 KB in folders of 50, and three files of 50 MB, of which half can be compressed.
/// Answers the bytes of all of them.
pub fn write(folder: &Path) -> io::Result<u64> {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let words = words(&mut random);
    let mut total = 0;
    for number in 0..TEXT_FILES {
        let parent = folder.join(format!("site/section-{:02}/part-{}", number / 500, number / 50 % 10));
        if number % 50 == 0 {
            fs::create_dir_all(&parent)?;
        }
        let bytes = 200 + random.below(59_800);
        let text = text(&mut random, &words, bytes);
        total += text.len() as u64;
        fs::write(parent.join(format!("page-{number:04}.html")), text)?;
    }
    for number in 0..LARGE_FILES {
        let mut content = Vec::with_capacity(LARGE_BYTES);
        while content.len() < LARGE_BYTES {
            content.extend_from_slice(&text(&mut random, &words, PIECE_BYTES));
            content.extend(std::iter::repeat_with(|| random.next().to_be_bytes()[0]).take(PIECE_BYTES));
        }
        content.truncate(LARGE_BYTES);
        total += content.len() as u64;
        fs::write(folder.join(format!("data-{number}.bin")), content)?;
    }
    Ok(total)
}

/// Words as frequent as those of a language: the first ones are short and come most often.
fn words(random: &mut Random) -> Vec<Vec<u8>> {
    const SYLLABLES: [&str; 24] = [
        "an", "ber", "con", "de", "er", "fin", "ge", "ho", "in", "ja", "ka", "lo", "men", "no", "or", "pre", "qui",
        "ra", "si", "ti", "un", "ver", "wa", "ze",
    ];
    let word = |number: usize| {
        let syllables = 1 + (number > 40) as usize + (number > 600) as usize + random.below(2);
        (0..syllables).flat_map(|_| SYLLABLES[random.below(SYLLABLES.len())].bytes()).collect()
    };
    (0..6000).map(word).collect()
}

fn text(random: &mut Random, words: &[Vec<u8>], bytes: usize) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes + 64);
    while text.len() < bytes {
        text.extend_from_slice(b"<p class=\"text\">");
        for _ in 0..6 + random.below(12) {
            // Zipf's law, nearly: the logarithm of the rank is spread evenly.
            let rank = (words.len() as f64).powf(random.below(1 << 20) as f64 / f64::from(1 << 20)) as usize - 1;
            text.extend_from_slice(&words[rank.min(words.len() - 1)]);
            text.push(b' ');
        }
        text.extend_from_slice(format!("{}</p>\n", random.below(10_000)).as_bytes());
    }
    text.truncate(bytes);
    text
}

/// Steele and Vigna's SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut value = self.0;
        value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        value ^ (value >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
