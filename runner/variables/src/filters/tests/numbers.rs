use insta::assert_snapshot;

use super::table;

#[test]
fn standard_formats_of_numbers() {
    assert_snapshot!(table([
        ("1234.565", "Format", &["C"]),
        ("-1234.565", "Format", &["C0"]),
        ("1234.565", "Format", &["N"]),
        ("-1234567", "Format", &["n1"]),
        ("-0.001", "Format", &["F2"]),
        ("2.5", "Format", &["F0"]),
        ("0.12345", "Format", &["P1"]),
        ("-0.5", "Format", &["P"]),
        ("1234.5", "Format", &["E"]),
        ("-0.00012345", "Format", &["e2"]),
        ("0", "Format", &["E1"]),
        ("1.500", "Format", &["G"]),
        ("1.500", "Format", &["g2"]),
        ("0.00", "Format", &["G"]),
        ("-0.00", "Format", &["G"]),
        ("123456", "Format", &["G3"]),
        ("0.00001234", "Format", &["G3"]),
        ("79228162514264337593543950335", "Format", &["N0"]),
        ("79228162514264337593543950336", "Format", &["N0"]),
        ("0.12345678901234567890123456785", "Format", &["G"]),
        (" 1,234- ", "Format", &["F1"]),
        ("1e3", "Format", &["F1"]),
        ("12", "Format", &["D4"]),
        ("12", "Format", &["Q"]),
        ("12", "Format", &["int", "D4"]),
        ("-12", "Format", &["Int32", "D4"]),
        ("255", "Format", &["int", "X"]),
        ("255", "Format", &["int", "x4"]),
        ("-1", "Format", &["int", "X"]),
        ("5", "Format", &["int", "B8"]),
        ("12", "Format", &["int", "F2"]),
        ("12.5", "Format", &["int", "F2"]),
        ("1e3", "Format", &["double", "F1"]),
        ("0.1", "Format", &["double", "R"]),
        ("1e15", "Format", &["double", "G"]),
        ("1e14", "Format", &["double", "G"]),
        ("1234567890123456", "Format", &["double", "G"]),
        ("0.00001", "Format", &["double", "G"]),
        ("0.0001", "Format", &["double", "G"]),
        ("0.3", "Format", &["double", "G17"]),
        ("-0", "Format", &["double", "G"]),
        ("1e400", "Format", &["double", "G"]),
        ("NaN", "Format", &["double", "F2"]),
        ("0.125", "Format", &["double", "P0"]),
        ("12", "Format", &["float", "F2"]),
        ("12", "Format", &["F20000"]),
        ("12", "Format", &["F9999999999"]),
        ("12", "Format", &[""]),
        ("12", "Format", &[]),
        ("12", "Format", &["int", "D", "x"]),
        ("~", "Format", &["C"]),
    ]), @r#"
    "1234.565" | Format "C" = "¤1,234.57"
    "-1234.565" | Format "C0" = "(¤1,235)"
    "1234.565" | Format "N" = "1,234.57"
    "-1234567" | Format "n1" = "-1,234,567.0"
    "-0.001" | Format "F2" = "0.00"
    "2.5" | Format "F0" = "3"
    "0.12345" | Format "P1" = "12.3 %"
    "-0.5" | Format "P" = "-50.00 %"
    "1234.5" | Format "E" = "1.234500E+003"
    "-0.00012345" | Format "e2" = "-1.23e-004"
    "0" | Format "E1" = "0.0E+000"
    "1.500" | Format "G" = "1.500"
    "1.500" | Format "g2" = "1.5"
    "0.00" | Format "G" = "0.00"
    "-0.00" | Format "G" = "0.00"
    "123456" | Format "G3" = "1.23E+05"
    "0.00001234" | Format "G3" = "1.23E-05"
    "79228162514264337593543950335" | Format "N0" = "79,228,162,514,264,337,593,543,950,335"
    "79228162514264337593543950336" | Format "N0" = no value: the text is neither a number nor a date
    "0.12345678901234567890123456785" | Format "G" = "0.1234567890123456789012345678"
    " 1,234- " | Format "F1" = "-1234.0"
    "1e3" | Format "F1" = no value: the text is neither a number nor a date
    "12" | Format "D4" = no value: `D4` is no format of a number of this type
    "12" | Format "Q" = no value: `Q` is no format of a number of this type
    "12" | Format "int" "D4" = "0012"
    "-12" | Format "Int32" "D4" = "-0012"
    "255" | Format "int" "X" = "FF"
    "255" | Format "int" "x4" = "00ff"
    "-1" | Format "int" "X" = "FFFFFFFF"
    "5" | Format "int" "B8" = "00000101"
    "12" | Format "int" "F2" = "12.00"
    "12.5" | Format "int" "F2" = no value: the text is not a number of this type
    "1e3" | Format "double" "F1" = "1000.0"
    "0.1" | Format "double" "R" = "0.1"
    "1e15" | Format "double" "G" = "1E+15"
    "1e14" | Format "double" "G" = "100000000000000"
    "1234567890123456" | Format "double" "G" = "1234567890123456"
    "0.00001" | Format "double" "G" = "1E-05"
    "0.0001" | Format "double" "G" = "0.0001"
    "0.3" | Format "double" "G17" = "0.29999999999999999"
    "-0" | Format "double" "G" = "-0"
    "1e400" | Format "double" "G" = "Infinity"
    "NaN" | Format "double" "F2" = "NaN"
    "0.125" | Format "double" "P0" = "12 %"
    "12" | Format "float" "F2" = Format takes a format of .NET, and before it, if wanted, the type: `int`, `double`, `decimal`, `date` or `datetimeoffset`
    "12" | Format "F20000" = more than 10000 bytes
    "12" | Format "F9999999999" = no value: `F9999999999` is no format of a number of this type
    "12" | Format "" = "12"
    "12" | Format = Format takes a format of .NET, and before it, if wanted, the type: `int`, `double`, `decimal`, `date` or `datetimeoffset`
    "12" | Format "int" "D" "x" = Format takes a format of .NET, and before it, if wanted, the type: `int`, `double`, `decimal`, `date` or `datetimeoffset`
    | Format "C" = no input
    "#);
}

#[test]
fn custom_formats_of_numbers() {
    assert_snapshot!(table([
        ("1234.567", "Format", &["#,##0.00"]),
        ("0.5", "Format", &["#.##"]),
        ("0.5", "Format", &["0.###"]),
        ("-1234.5", "Format", &["0000000.0"]),
        ("1234567", "Format", &["#,#"]),
        ("1234567", "Format", &["0,,.0"]),
        ("1234567", "Format", &["#,##0,K"]),
        ("12", "Format", &["00000,0"]),
        ("0.256", "Format", &["0.0%"]),
        ("0.256", "Format", &["0‰"]),
        ("12345", "Format", &["0.00E+00"]),
        ("0.00012", "Format", &["0.0e0"]),
        ("12345", "Format", &["##0.0E-00"]),
        ("5", "Format", &["0;(0);nil"]),
        ("-5", "Format", &["0;(0);nil"]),
        ("0", "Format", &["0;(0);nil"]),
        ("-0.2", "Format", &["0;(0);nil"]),
        ("-5", "Format", &["0;;nil"]),
        ("5551234", "Format", &["###-####"]),
        ("5", "Format", &["'#'0 \\0 \"x\""]),
        ("5", "Format", &["yyyy"]),
        ("-5", "Format", &["a0b"]),
        ("0", "Format", &["#"]),
        ("0", "Format", &["#.#"]),
        ("-0.4", "Format", &["0"]),
        ("1.25", "Format", &["0.0"]),
        ("123456789.123456789", "Format", &["double", "#,##0.000000000"]),
    ]), @r####"
    "1234.567" | Format "#,##0.00" = "1,234.57"
    "0.5" | Format "#.##" = ".5"
    "0.5" | Format "0.###" = "0.5"
    "-1234.5" | Format "0000000.0" = "-0001234.5"
    "1234567" | Format "#,#" = "1,234,567"
    "1234567" | Format "0,,.0" = "1.2"
    "1234567" | Format "#,##0,K" = "1,235K"
    "12" | Format "00000,0" = "000,012"
    "0.256" | Format "0.0%" = "25.6%"
    "0.256" | Format "0‰" = "256‰"
    "12345" | Format "0.00E+00" = "1.23E+04"
    "0.00012" | Format "0.0e0" = "1.2e-4"
    "12345" | Format "##0.0E-00" = "123.5E02"
    "5" | Format "0;(0);nil" = "5"
    "-5" | Format "0;(0);nil" = "(5)"
    "0" | Format "0;(0);nil" = "nil"
    "-0.2" | Format "0;(0);nil" = "nil"
    "-5" | Format "0;;nil" = "-5"
    "5551234" | Format "###-####" = "555-1234"
    "5" | Format "'#'0 \\0 \"x\"" = "#5 0 x"
    "5" | Format "yyyy" = "yyyy"
    "-5" | Format "a0b" = "-a5b"
    "0" | Format "#" = ""
    "0" | Format "#.#" = ""
    "-0.4" | Format "0" = "0"
    "1.25" | Format "0.0" = "1.3"
    "123456789.123456789" | Format "double" "#,##0.000000000" = "123,456,789.123457000"
    "####);
}
