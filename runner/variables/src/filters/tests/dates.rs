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
    ]), @r#"
    | NowDate = "2030-05-22T15:04:05.1234567"
    | NowDate "yyyy-MM-dd HH:mm zzz" = "2030-05-22 15:04 +02:00"
    | NowDateUtc = "2030-05-22T13:04:05.1234567Z"
    | NowDateUtc "HH:mm K zz" = "13:04 Z +00"
    "a" | NowDate = NowDate takes no input: `#{ | NowDate}`
    | NowDate "a" "b" = NowDate takes at most one argument, a format of .NET
    "#);
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
        ("2030-05-22 09:05:00", "AddSeconds", &["-0.5"]),
        ("2030-05-22 09:05:00", "AddMinutes", &["90"]),
        ("2030-05-22T09:05:00Z", "AddWeeks", &["0.5"]),
        ("2030-05-22", "AddWeeks", &["a week"]),
        ("2030-01-31", "AddMonths", &["1"]),
        ("2028-03-31T10:00:00+02:00", "AddMonths", &["-1"]),
        ("2030-01-31", "AddMonths", &["1.5"]),
        ("2030-01-31", "AddMonths", &["120001"]),
        ("2030-05-22T09:05:00Z", "AddTimeSpan", &["1.02:30:00.25"]),
        ("2030-05-22 09:05", "AddTimeSpan", &["-0:05"]),
        ("2030-05-22", "AddTimeSpan", &["24:00"]),
        ("2030-05-22", "AddTimeSpan", &["-10675199"]),
        ("~", "AddTimeSpan", &["1"]),
    ]), @r#"
    "2030-05-22 09:05:00" | AddHours "-2" = "2030-05-22T07:05:00.0000000"
    "2030-05-22T09:05:00Z" | AddHours "0.5" = "2030-05-22T09:35:00.0000000Z"
    "2030-05-22T09:05:00.1234567+05:30" | AddDays "10" = "2030-06-01T09:05:00.1234567+05:30"
    "2030-05-22" | AddDays " 1e1 " = "2030-06-01T00:00:00.0000000"
    "2030-05-22" | AddDays "1,000" = AddDays takes one argument, how many days to add, `-2` or `0.5`
    "2030-05-22" | AddDays "1e300" = no value: the result is outside the years 1 to 9999
    "2030-05-22" | AddDays "-800000" = no value: the result is outside the years 1 to 9999
    "9999-12-31" | AddDays "1" = no value: the result is outside the years 1 to 9999
    "2030-05-22" | AddDays "NaN" = no value: the result is outside the years 1 to 9999
    "2030-05-22" | AddDays = AddDays takes one argument, how many days to add, `-2` or `0.5`
    "soon" | AddDays "1" = no value: the text is not a date
    | AddDays "1" = no input
    "2030-05-22 09:05:00" | AddSeconds "-0.5" = "2030-05-22T09:04:59.5000000"
    "2030-05-22 09:05:00" | AddMinutes "90" = "2030-05-22T10:35:00.0000000"
    "2030-05-22T09:05:00Z" | AddWeeks "0.5" = "2030-05-25T21:05:00.0000000Z"
    "2030-05-22" | AddWeeks "a week" = AddWeeks takes one argument, how many weeks to add, `-2` or `0.5`
    "2030-01-31" | AddMonths "1" = "2030-02-28T00:00:00.0000000"
    "2028-03-31T10:00:00+02:00" | AddMonths "-1" = "2028-02-29T10:00:00.0000000+02:00"
    "2030-01-31" | AddMonths "1.5" = AddMonths takes one argument, how many months to add, a whole number
    "2030-01-31" | AddMonths "120001" = no value: the result is outside the years 1 to 9999
    "2030-05-22T09:05:00Z" | AddTimeSpan "1.02:30:00.25" = "2030-05-23T11:35:00.2500000Z"
    "2030-05-22 09:05" | AddTimeSpan "-0:05" = "2030-05-22T09:00:00.0000000"
    "2030-05-22" | AddTimeSpan "24:00" = AddTimeSpan takes one argument, a span of time such as `7`, `1:30` or `7.01:30:00`
    "2030-05-22" | AddTimeSpan "-10675199" = no value: the result is outside the years 1 to 9999
    | AddTimeSpan "1" = no input
    "#);
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
    ]), @r#"
    "2030-05-22" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 00:00:00 +02:00"
    "2030/05/22 09:05" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 09:05:00 +02:00"
    "2030-05-22T09:05:06.5Z" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 09:05:06.5 +00:00"
    "2030-01-22T09:05:06-03:30" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-01-22 09:05:06 -03:30"
    "2030-01-22 09:05:06 +0100" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-01-22 09:05:06 +01:00"
    "05/22/2030" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 00:00:00 +02:00"
    "5/2/30 9:05 pm" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-02 21:05:00 +02:00"
    "5/2/50 12 AM" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "1950-05-02 00:00:00 +01:00"
    "22/05/2030" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = no value: the text is not a date
    "22 May 2030" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 00:00:00 +02:00"
    "May 22, 2030 9:05" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 09:05:00 +02:00"
    "22-Mar-2030" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-03-22 00:00:00 +01:00"
    "May 2030" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-01 00:00:00 +02:00"
    "2030-05" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-01 00:00:00 +02:00"
    "Wed, 22 May 2030 09:05:00 GMT" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 09:05:00 +00:00"
    "Mon, 22 May 2030 09:05:00 GMT" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = no value: the text is not a date
    "9:05" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 09:05:00 +02:00"
    "5/22" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 00:00:00 +02:00"
    "2030-02-30" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = no value: the text is not a date
    "2030-05-22 25:00" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = no value: the text is not a date
    "2030-05-22 09:05:06.12345678" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = "2030-05-22 09:05:06.1234568 +02:00"
    "2030-05-22T" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = no value: the text is not a date
    "2030-05-22 09:05 +15:00" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = no value: the text is not a date
    "0001-01-01" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = no value: the text is not a date
    "20300522" | Format "datetimeoffset" "yyyy-MM-dd HH:mm:ss.FFFFFFF zzz" = no value: the text is not a date
    "hello World" | Format "yyyy" = no value: the text is neither a number nor a date
    "" | Format "date" "d" = no value: the text is not a date
    | Format "date" "d" = no input
    "#);
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
    assert_snapshot!(naive + &offset + &local, @r#"
    "2030-05-02T09:05:06.0070000" | Format "date" "d" = "05/02/2030"
    "2030-05-02T09:05:06.0070000" | Format "date" "D" = "Thursday, 02 May 2030"
    "2030-05-02T09:05:06.0070000" | Format "date" "f" = "Thursday, 02 May 2030 09:05"
    "2030-05-02T09:05:06.0070000" | Format "date" "F" = "Thursday, 02 May 2030 09:05:06"
    "2030-05-02T09:05:06.0070000" | Format "date" "g" = "05/02/2030 09:05"
    "2030-05-02T09:05:06.0070000" | Format "date" "G" = "05/02/2030 09:05:06"
    "2030-05-02T09:05:06.0070000" | Format "date" "m" = "May 02"
    "2030-05-02T09:05:06.0070000" | Format "date" "o" = "2030-05-02T09:05:06.0070000"
    "2030-05-02T09:05:06.0070000" | Format "date" "R" = "Thu, 02 May 2030 09:05:06 GMT"
    "2030-05-02T09:05:06.0070000" | Format "date" "s" = "2030-05-02T09:05:06"
    "2030-05-02T09:05:06.0070000" | Format "date" "t" = "09:05"
    "2030-05-02T09:05:06.0070000" | Format "date" "T" = "09:05:06"
    "2030-05-02T09:05:06.0070000" | Format "date" "u" = "2030-05-02 09:05:06Z"
    "2030-05-02T09:05:06.0070000" | Format "date" "U" = "Thursday, 02 May 2030 07:05:06"
    "2030-05-02T09:05:06.0070000" | Format "date" "y" = "2030 May"
    "2030-05-02T09:05:06.0070000" | Format "date" "Q" = no value: `Q` is no format of a date
    "2030-05-02T09:05:06.0070000" | Format "date" "" = "05/02/2030 09:05:06"
    "2030-05-02 01:05:06 +02:30" | Format "R" = "Wed, 01 May 2030 22:35:06 GMT"
    "2030-05-02 01:05:06 +02:30" | Format "u" = "2030-05-01 22:35:06Z"
    "2030-05-02 01:05:06 +02:30" | Format "o" = "2030-05-02T01:05:06.0000000+02:30"
    "2030-05-02 01:05:06 +02:30" | Format "U" = no value: `U` is no format of a date
    "2030-05-02 01:05:06 +02:30" | Format "" = "05/02/2030 01:05:06 +02:30"
    "2030-05-02 23:05:06Z" | Format "date" "o" = "2030-05-03T01:05:06.0000000+02:00"
    "2030-05-02 23:05:06Z" | Format "date" "R" = "Fri, 03 May 2030 01:05:06 GMT"
    "2030-05-02 23:05:06Z" | Format "date" "u" = "2030-05-03 01:05:06Z"
    "2030-05-02 23:05:06Z" | Format "date" "U" = "Thursday, 02 May 2030 23:05:06"
    "#);
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
    ]), @r#"
    "2030-05-02 09:05:06" | Format "HH dd-MMM-yyyy" = "09 02-May-2030"
    "2030-05-02 00:05:06" | Format "h hh H HH m mm s ss t tt" = "12 12 0 00 5 05 6 06 A AM"
    "2030-05-02 15:05:06" | Format "d dd ddd dddd M MM MMM MMMM y yy yyy yyyy yyyyy" = "2 02 Thu Thursday 5 05 May May 30 30 2030 2030 02030"
    "2030-05-02 15:05:06.0120000" | Format "s.f s.ff s.fffffff s.F s.FFF s.FFFFFFF" = "6.0 6.01 6.0120000 6 6.012 6.012"
    "2030-05-02 15:05:06 -03:30" | Format "z zz zzz K g" = "-3 -03 -03:30 -03:30 A.D."
    "2030-05-02 15:05:06" | Format "date" "[K] zzz" = "[] +02:00"
    "2030-05-02" | Format "%d" = "2"
    "2030-05-02" | Format "%" = no value: `%` is no format of a date
    "2030-05-02" | Format "'d'd \"it's\" \\d" = "d2 it's d"
    "2030-05-02" | Format "'d" = no value: `'d` is no format of a date
    "2030-05-02" | Format "ffffffff" = no value: `ffffffff` is no format of a date
    "2030-05-02" | Format "é yyyy年" = "é 2030年"
    "#);
}
