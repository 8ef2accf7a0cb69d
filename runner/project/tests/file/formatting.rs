//! `wharf fmt`.

use insta::assert_snapshot;
use wharf_project::format;

use crate::write::*;

fn formatted(text: &str) -> String {
    format(file(text)).unwrap_or_else(|problems| show(&problems))
}

#[test]
fn templates_get_their_quotes_and_lines_their_ends() {
    let text = "\u{feff}# first   \r\nwharf: 1  \r\nvariables:\r\n  a: #{x}\r\n  b: before #{x} \"and\" \\ after   # stays\r\n  c: { d: #{x}/y, e: [ #{x}, #{y}.z ], f: 1 }   \r\n  g:\r\n    - #{x}\r\n    - name: #{y}\r\n  h: |  \r\n    kept #{x}   \r\n\r\n    block\r\n  i: 'quoted   \r\n    #{x}'\r\n  j: [\r\n    #{x},\r\n    #{y} # note\r\n    ]\r\n\r\n";
    assert_snapshot!(formatted(text), @r##"
    # first
    wharf: 1
    variables:
      a: "#{x}"
      b: "before #{x} \"and\" \\ after"   # stays
      c: { d: "#{x}/y", e: [ "#{x}", "#{y}.z" ], f: 1 }
      g:
        - "#{x}"
        - name: "#{y}"
      h: |
        kept #{x}   

        block
      i: 'quoted   
        #{x}'
      j: [
        "#{x}",
        "#{y}" # note
        ]
    "##);
}

#[test]
fn what_is_tidy_stays_as_it_is() {
    for text in [
        "wharf: 1\n",
        "",
        "# only\n",
        "a:   { b :  1 }   # odd spaces stay\n\n\nc: \"x   y\"\n",
        "a: |+\n  x\n\n\nb: 1\n",
    ] {
        assert_eq!(formatted(text), text);
    }
}

#[test]
fn nothing_stands_before_the_first_line() {
    assert_eq!(formatted("   \n\u{feff}\n\u{feff}a: 1\n"), "a: 1\n");
    assert_eq!(formatted("\n\u{feff}"), "");
}

#[test]
fn what_matters_is_not_touched() {
    for text in ["a: |+\n  x\n\n\n", "a: |\n  x   \n  y\n", "a: \"x   \\\n  y\"\n"] {
        assert_eq!(formatted(text), text);
        assert_eq!(value(&formatted(text)).to_json(), value(text).to_json());
    }
}

#[test]
fn what_cannot_be_told_is_an_error() {
    assert_snapshot!(
        formatted("a: 1\n#{x}\n") + &formatted("a: \"b\" #{c}\n") + &formatted("a: [\n") + &formatted("a: #{x}\n  b: 1\n"),
        @r##"
    wharf.yaml:2:1 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{x}
      quote the whole value, or write `# {` if a comment is meant
    wharf.yaml:1:8 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{c}
      quote the whole value, or write `# {` if a comment is meant
    wharf.yaml:2:1 yaml-syntax: this is no valid YAML: while parsing a node, did not find expected node content
      > 
    wharf.yaml:1:4 template-in-comment: `#{` begins a comment here: to YAML the value ends before it
      > #{x}
      write `a: "#{x}"`
    "##
    );
}
