/// The digits of a number and where its point is, as .NET keeps them while it writes one: the value is
/// `0.d₁d₂d₃… × 10^scale`.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::filters) struct Digits {
    pub negative: bool,
    /// 0 to 9, none of them a leading zero.
    pub digits: Vec<u8>,
    pub scale: i64,
    /// Whether there is a zero below zero: only floating numbers know one.
    pub floating: bool,
}

impl Digits {
    pub fn of_int(value: i32) -> Self {
        let digits: Vec<u8> = value.unsigned_abs().to_string().bytes().map(|byte| byte - b'0').collect();
        let digits = if value == 0 { Vec::new() } else { digits };
        let scale = digits.len() as i64;
        Self { negative: value < 0, digits, scale, floating: false }
    }

    /// A finite number from what Rust writes with `{:e}` or `{:.n}`, exactly rounded.
    pub fn of_written(negative: bool, written: &str) -> Self {
        let (mantissa, exponent) = written.split_once('e').unwrap_or((written, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i64 = exponent.parse().unwrap_or(0);
        let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|byte| byte - b'0').collect();
        let zeros = digits.iter().take_while(|digit| **digit == 0).count();
        digits.drain(..zeros);
        let scale = whole.len() as i64 + exponent - zeros as i64;
        let mut made = Self { negative, digits, scale, floating: true };
        made.drop_trailing_zeros();
        made
    }

    /// Rounds to so many digits, halves away from zero, and drops the zeros at the end.
    pub fn round(&mut self, keep: i64) {
        let keep = usize::try_from(keep).ok();
        let up = keep.is_some_and(|keep| self.digits.get(keep).is_some_and(|digit| *digit >= 5));
        self.digits.truncate(keep.unwrap_or(0));
        if up {
            while self.digits.last() == Some(&9) {
                self.digits.pop();
            }
            match self.digits.last_mut() {
                Some(last) => *last += 1,
                None => {
                    self.digits.push(1);
                    self.scale += 1;
                }
            }
        }
        self.drop_trailing_zeros();
    }

    fn drop_trailing_zeros(&mut self) {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.scale = 0;
            self.negative &= self.floating;
        }
    }
}
