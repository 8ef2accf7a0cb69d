/// The characters of code page 437 from 0x80 on.
const UPPER_HALF: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Text in code page 437, in which zips name their entries unless they say that it is UTF-8.
pub(crate) fn decode(bytes: &[u8]) -> String {
    let upper: Vec<char> = UPPER_HALF.chars().collect();
    bytes.iter().map(|&byte| if byte.is_ascii() { char::from(byte) } else { upper[usize::from(byte) - 0x80] }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_has_its_character() {
        assert_eq!(UPPER_HALF.chars().count(), 128);
        assert_eq!(decode(b"Gr\x94\xe1e.txt"), "Größe.txt");
        assert_eq!(decode(&[0x80, 0xff]), "Ç\u{a0}");
    }
}
