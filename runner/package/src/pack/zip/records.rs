//! The records of a zip, little-endian, with zip64 where a field is too small.

/// In which way an entry is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    Stored = 0,
    Deflated = 8,
}

/// What the headers say of an entry.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) name: String,
    /// With the bits for the type.
    pub(super) mode: u32,
    pub(super) is_directory: bool,
    pub(super) method: Method,
    /// Checksum and sizes stand behind the content, because they are not known before.
    pub(super) has_descriptor: bool,
    /// The sizes may need 64 bits. Decided before they are known, if there is a descriptor.
    pub(super) is_large: bool,
    pub(super) crc: u32,
    pub(super) compressed: u64,
    pub(super) size: u64,
    /// Where the local header begins.
    pub(super) offset: u64,
}

/// The time of all entries.
#[derive(Debug, Clone, Copy)]
pub(super) struct Time {
    dos_time: u16,
    dos_date: u16,
    unix: Option<i32>,
}

const LOCAL: u32 = 0x0403_4b50;
const DESCRIPTOR: u32 = 0x0807_4b50;
const CENTRAL: u32 = 0x0201_4b50;
const END: u32 = 0x0605_4b50;
const END_64: u32 = 0x0606_4b50;
const END_64_LOCATOR: u32 = 0x0706_4b50;

const EXTRA_ZIP64: u16 = 1;
const EXTRA_TIME: u16 = 0x5455;

const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAG_UTF8: u16 = 1 << 11;
const VERSION: u16 = 20;
const VERSION_64: u16 = 45;
const MADE_ON_UNIX: u16 = 3 << 8;
const DOS_DIRECTORY: u32 = 0x10;

const LARGE_32: u64 = u32::MAX as u64;
const LARGE_16: u64 = u16::MAX as u64;

impl Time {
    /// Seconds since 1970, brought into what zips can hold: 1980-01-01 to 2107-12-31.
    pub(super) fn new(seconds: u64) -> Self {
        let seconds = seconds.clamp(315_532_800, 4_354_819_198);
        let (days, of_day) = (seconds / 86_400, seconds % 86_400);
        let (year, month, day) = civil(days);
        let dos = |value: u64| u16::try_from(value).unwrap_or(u16::MAX);
        Self {
            dos_time: dos(((of_day / 3600) << 11) | ((of_day / 60 % 60) << 5) | (of_day % 60 / 2)),
            dos_date: dos((year - 1980) << 9 | month << 5 | day),
            unix: i32::try_from(seconds).ok(),
        }
    }
}

/// Year, month and day of a day since 1970-01-01 (proleptic Gregorian; after Howard Hinnant's `civil_from_days`).
fn civil(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next_year) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    (era * 400 + year_of_era + next_year, month, day)
}

/// Bytes of a record.
#[derive(Default)]
struct Record(Vec<u8>);

impl Record {
    fn u16(&mut self, value: u16) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    /// A value, or all ones if another field has it.
    fn u32_or_ones(&mut self, value: u64) -> &mut Self {
        self.u32(u32::try_from(value).unwrap_or(u32::MAX))
    }

    fn u16_or_ones(&mut self, value: u64) -> &mut Self {
        self.u16(u16::try_from(value).unwrap_or(u16::MAX))
    }

    fn bytes(&mut self, bytes: &[u8]) -> &mut Self {
        self.0.extend(bytes);
        self
    }
}

impl Header {
    fn flags(&self) -> u16 {
        let descriptor = if self.has_descriptor { FLAG_DESCRIPTOR } else { 0 };
        descriptor | if self.name.is_ascii() { 0 } else { FLAG_UTF8 }
    }

    /// The header before the content.
    pub(super) fn local(&self, time: Time) -> Vec<u8> {
        let mut extra = Record::default();
        if self.is_large {
            let known = |value| if self.has_descriptor { 0 } else { value };
            extra.u16(EXTRA_ZIP64).u16(16).u64(known(self.size)).u64(known(self.compressed));
        }
        time.extra(&mut extra);
        let mut record = Record(Vec::with_capacity(30 + self.name.len() + extra.0.len()));
        record.u32(LOCAL).u16(if self.is_large { VERSION_64 } else { VERSION }).u16(self.flags());
        record.u16(self.method as u16).u16(time.dos_time).u16(time.dos_date);
        let sizes = match (self.has_descriptor, self.is_large) {
            (true, true) => [0, u32::MAX, u32::MAX],
            (true, false) => [0; 3],
            (false, true) => [self.crc, u32::MAX, u32::MAX],
            // Both are below 2^32, or it would be large.
            (false, false) => [self.crc, self.compressed as u32, self.size as u32],
        };
        sizes.into_iter().for_each(|value| {
            record.u32(value);
        });
        record.u16_or_ones(self.name.len() as u64).u16_or_ones(extra.0.len() as u64);
        record.bytes(self.name.as_bytes()).bytes(&extra.0);
        record.0
    }

    /// What stands behind the content.
    pub(super) fn descriptor(&self) -> Vec<u8> {
        let mut record = Record::default();
        record.u32(DESCRIPTOR).u32(self.crc);
        if self.is_large {
            record.u64(self.compressed).u64(self.size);
        } else {
            record.u32_or_ones(self.compressed).u32_or_ones(self.size);
        }
        record.0
    }

    /// The entry in the directory at the end.
    pub(super) fn central(&self, time: Time) -> Vec<u8> {
        let mut large = Record::default();
        for value in [self.size, self.compressed, self.offset] {
            if value >= LARGE_32 {
                large.u64(value);
            }
        }
        let mut extra = Record::default();
        if !large.0.is_empty() {
            // At most three numbers.
            extra.u16(EXTRA_ZIP64).u16_or_ones(large.0.len() as u64).bytes(&large.0);
        }
        time.extra(&mut extra);
        let version = if self.is_large || !large.0.is_empty() { VERSION_64 } else { VERSION };
        let mut record = Record(Vec::with_capacity(46 + self.name.len() + extra.0.len()));
        record.u32(CENTRAL).u16(MADE_ON_UNIX | version).u16(version).u16(self.flags());
        record.u16(self.method as u16).u16(time.dos_time).u16(time.dos_date).u32(self.crc);
        record.u32_or_ones(self.compressed).u32_or_ones(self.size);
        record.u16_or_ones(self.name.len() as u64).u16_or_ones(extra.0.len() as u64).u16(0).u16(0).u16(0);
        record.u32(self.mode << 16 | if self.is_directory { DOS_DIRECTORY } else { 0 }).u32_or_ones(self.offset);
        record.bytes(self.name.as_bytes()).bytes(&extra.0);
        record.0
    }
}

impl Time {
    /// The time in UTC; the other one is in no time zone.
    fn extra(self, record: &mut Record) {
        if let Some(unix) = self.unix {
            record.u16(EXTRA_TIME).u16(5).bytes(&[1]).bytes(&unix.to_le_bytes());
        }
    }
}

/// The end of a zip, whose directory has so many entries and bytes and begins at `offset`.
pub(super) fn end(entries: u64, bytes: u64, offset: u64) -> Vec<u8> {
    let mut record = Record::default();
    if entries >= LARGE_16 || bytes >= LARGE_32 || offset >= LARGE_32 {
        record.u32(END_64).u64(44).u16(MADE_ON_UNIX | VERSION_64).u16(VERSION_64).u32(0).u32(0);
        record.u64(entries).u64(entries).u64(bytes).u64(offset);
        record.u32(END_64_LOCATOR).u32(0).u64(offset + bytes).u32(1);
    }
    record.u32(END).u16(0).u16(0).u16_or_ones(entries).u16_or_ones(entries);
    record.u32_or_ones(bytes).u32_or_ones(offset).u16(0);
    record.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_dos_has_them() {
        let dos = |seconds| {
            let Time { dos_time, dos_date, unix } = Time::new(seconds);
            let date = (1980 + (dos_date >> 9), dos_date >> 5 & 15, dos_date & 31);
            let time = (dos_time >> 11, dos_time >> 5 & 63, (dos_time & 31) * 2);
            format!("{date:?} {time:?} {unix:?}")
        };
        let shown = [0, 951_827_696, 1_700_000_001, 1 << 31, u64::MAX].map(dos);
        insta::assert_snapshot!(shown.join("\n"), @"
        (1980, 1, 1) (0, 0, 0) Some(315532800)
        (2000, 2, 29) (12, 34, 56) Some(951827696)
        (2023, 11, 14) (22, 13, 20) Some(1700000001)
        (2038, 1, 19) (3, 14, 8) None
        (2107, 12, 31) (23, 59, 58) None
        ");
    }

    /// The fields of the sizes, and what the zip64 extra holds.
    fn sizes(record: &[u8], at: usize, extra_at: usize) -> String {
        let u32_at = |at: usize| record[at..at + 4].iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte));
        let large = match record.get(extra_at..extra_at + 4) {
            Some([1, 0, length, 0]) => {
                let numbers = &record[extra_at + 4..extra_at + 4 + usize::from(*length)];
                numbers.chunks(8).map(|n| n.iter().rev().fold(0_u64, |all, byte| all << 8 | u64::from(*byte))).collect()
            }
            _ => Vec::new(),
        };
        format!("{:x} {:x} {large:x?}", u32_at(at), u32_at(at + 4))
    }

    #[test]
    fn what_is_too_large_for_a_field_stands_in_another() {
        let small = Header {
            name: "a".to_owned(),
            mode: 0o100_644,
            is_directory: false,
            method: Method::Deflated,
            has_descriptor: false,
            is_large: false,
            crc: 1,
            compressed: 0x10,
            size: 0x20,
            offset: 0x30,
        };
        let large = Header { is_large: true, compressed: 0x1_0000_0010, size: 0x2_0000_0020, ..small.clone() };
        let far = Header { offset: 0x3_0000_0030, ..small.clone() };
        let streamed = Header { has_descriptor: true, ..large.clone() };
        let time = Time::new(0);
        let shown = [&small, &large, &far, &streamed].map(|header| {
            let (local, central) = (header.local(time), header.central(time));
            let descriptor = header.descriptor().len();
            format!("{} | {} | {descriptor}", sizes(&local, 18, 31), sizes(&central, 20, 47))
        });
        insta::assert_snapshot!(shown.join("\n"), @"
        10 20 [] | 10 20 [] | 16
        ffffffff ffffffff [200000020, 100000010] | ffffffff ffffffff [200000020, 100000010] | 24
        10 20 [] | 10 20 [300000030] | 16
        ffffffff ffffffff [0, 0] | ffffffff ffffffff [200000020, 100000010] | 24
        ");
        assert_eq!((end(1, 2, 3).len(), end(70_000, 2, 3).len(), end(1, 2, 1 << 33).len()), (22, 98, 98));
    }
}
