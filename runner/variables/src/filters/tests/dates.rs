use insta::assert_snapshot;

use super::table;

#[test]
fn the_time_now() {
    assert_snapshot!(table([
        ("~", "NowDate", &[]),
        ("~", "NowDate", &["yyyy-MM-dd HH:mm zzz"]),
        ("~", "NowDateUtc", &[]),
        ("~", "NowDateUtc", &["HH:mm K zz"]),
        ("a", "NowDate", &[]),
        ("~", "NowDate", &["a", "b"]),
    ]), @"");
}

#[test]
fn times_later() {
    assert_snapshot!(table([
        ("2030-05-22 09:05:00", "AddHours", &["-2"]),
        ("2030-05-22T09:05:00Z", "AddHours", &["0.5"]),
        ("2030-05-22T09:05:00.1234567+05:30", "AddDays", &["10"]),
        ("2030-05-22", "AddDays", &[" 1e1 "]),
        ("2030-05-22", "AddDays", &["1,000"]),
        ("2030-05-22", "AddDays", &["1e300"]),
        ("2030-05-22", "AddDays", &["-800000"]),
        ("9999-12-31", "AddDays", &["1"]),
        ("2030-05-22", "AddDays", &["NaN"]),
        ("2030-05-22", "AddDays", &[]),
        ("soon", "AddDays", &["1"]),
        ("~", "AddDays", &["1"]),
    ]), @"");
}

#[test]
fn dates_are_read_in_the_usual_forms() {
    const F: &[&str] = &["datetimeoffset", "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz"];
    assert_snapshot!(table([
        ("2030-05-22", "Format", F),
        ("2030/05/22 09:05", "Format", F),
        ("2030-05-22T09:05:06.5Z", "Format", F),
        ("2030-01-22T09:05:06-03:30", "Format", F),
        ("2030-01-22 09:05:06 +0100", "Format", F),
        ("05/22/2030", "Format", F),
        ("5/2/30 9:05 pm", "Format", F),
        ("5/2/50 12 AM", "Format", F),
        ("22/05/2030", "Format", F),
        ("22 May 2030", "Format", F),
        ("May 22, 2030 9:05", "Format", F),
        ("22-Mar-2030", "Format", F),
        ("May 2030", "Format", F),
        ("2030-05", "Format", F),
        ("Wed, 22 May 2030 09:05:00 GMT", "Format", F),
        ("Mon, 22 May 2030 09:05:00 GMT", "Format", F),
        ("9:05", "Format", F),
        ("5/22", "Format", F),
        ("2030-02-30", "Format", F),
        ("2030-05-22 25:00", "Format", F),
        ("2030-05-22 09:05:06.12345678", "Format", F),
        ("2030-05-22T", "Format", F),
        ("2030-05-22 09:05 +15:00", "Format", F),
        ("0001-01-01", "Format", F),
        ("20300522", "Format", F),
        ("hello World", "Format", &["yyyy"]),
        ("", "Format", &["date", "d"]),
        ("~", "Format", &["date", "d"]),
    ]), @"");
}

#[test]
fn standard_formats_of_dates() {
    const IN: &str = "2030-05-02T09:05:06.0070000";
    let rows = ["d", "D", "f", "F", "g", "G", "m", "o", "R", "s", "t", "T", "u", "U", "y", "Q", ""];
    let naive = rows.map(|format| table([(IN, "Format", &["date", format])])).concat();
    let offset =
        ["R", "u", "o", "U", ""].map(|format| table([("2030-05-02 01:05:06 +02:30", "Format", &[format])])).concat();
    let local =
        ["o", "R", "u", "U"].map(|format| table([("2030-05-02 23:05:06Z", "Format", &["date", format])])).concat();
    assert_snapshot!(naive + &offset + &local, @"");
}

#[test]
fn custom_formats_of_dates() {
    assert_snapshot!(table([
        ("2030-05-02 09:05:06", "Format", &["HH dd-MMM-yyyy"]),
        ("2030-05-02 00:05:06", "Format", &["h hh H HH m mm s ss t tt"]),
        ("2030-05-02 15:05:06", "Format", &["d dd ddd dddd M MM MMM MMMM y yy yyy yyyy yyyyy"]),
        ("2030-05-02 15:05:06.0120000", "Format", &["s.f s.ff s.fffffff s.F s.FFF s.FFFFFFF"]),
        ("2030-05-02 15:05:06 -03:30", "Format", &["z zz zzz K g"]),
        ("2030-05-02 15:05:06", "Format", &["date", "[K] zzz"]),
        ("2030-05-02", "Format", &["%d"]),
        ("2030-05-02", "Format", &["%"]),
        ("2030-05-02", "Format", &["'d'd \"it's\" \\d"]),
        ("2030-05-02", "Format", &["'d"]),
        ("2030-05-02", "Format", &["ffffffff"]),
        ("2030-05-02", "Format", &["é yyyy年"]),
    ]), @"");
}
