use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// How a service message begins.
const BEGIN: &str = "##octopus[";
/// The most bytes of a message; what is longer is text.
const MOST: usize = 4 * 1024 * 1024;

/// What a script says by a line of its output: `##octopus[name key='base64' …]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceMessage {
    /// Its name.
    pub name: String,
    /// Names and decoded values, in the order written.
    pub properties: Vec<(String, String)>,
}

impl ServiceMessage {
    /// The value of a property.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// Reads what stands between the brackets: as an XML element would be (a name, and attributes in single or double
    /// quotes), each value base64 of UTF-8. None if it is something else.
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        let (name, mut rest) = text.split_at(end);
        if !is_name(name) {
            return None;
        }
        let mut properties: Vec<(String, String)> = Vec::new();
        while !rest.trim_start().is_empty() {
            if !rest.starts_with(char::is_whitespace) {
                return None;
            }
            let (key, value) = rest.trim_start().split_once('=')?;
            let (key, value) = (key.trim_end(), value.trim_start());
            let quote = value.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
            let (value, after) = value[1..].split_once(quote)?;
            if !is_name(key) || properties.iter().any(|(given, _)| given == key) {
                return None;
            }
            let letters: String = value.chars().filter(|letter| !letter.is_whitespace()).collect();
            let bytes = STANDARD.decode(letters).ok()?;
            properties.push((key.to_owned(), String::from_utf8_lossy(&bytes).into_owned()));
            rest = after;
        }
        Some(Self { name: name.to_owned(), properties })
    }
}

fn is_name(text: &str) -> bool {
    let follows = |letter: char| letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.' | ':');
    text.starts_with(|letter: char| letter.is_alphabetic() || letter == '_') && text.chars().all(follows)
}

/// What lines of output are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// A line of text.
    Text(String),
    /// A message.
    Message(ServiceMessage),
}

/// Finds the messages in the lines of one stream. A message may go over several lines, whose ends are then no part of it.
/// Only the first one of a line counts, and what stands beside it is swallowed. What only looks like a message is text.
#[derive(Debug, Default)]
pub struct Parser {
    /// The lines of a message that has not ended yet.
    lines: Vec<String>,
    /// What stands in its brackets up to now.
    inside: String,
}

impl Parser {
    /// Takes a line, without its end.
    pub fn line(&mut self, line: &str) -> Vec<Said> {
        let added = if self.lines.is_empty() {
            match line.find(BEGIN) {
                Some(at) => &line[at + BEGIN.len()..],
                None => return vec![Said::Text(line.to_owned())],
            }
        } else {
            line
        };
        self.lines.push(line.to_owned());
        let Some(end) = added.find(']') else {
            self.inside.push_str(added);
            return if self.inside.len() > MOST { self.finish() } else { Vec::new() };
        };
        self.inside.push_str(&added[..end]);
        match ServiceMessage::parse(&self.inside) {
            Some(message) => {
                self.lines.clear();
                self.inside.clear();
                vec![Said::Message(message)]
            }
            None => self.finish(),
        }
    }

    /// The output is at its end, or a message has gone wrong: its lines are text.
    pub fn finish(&mut self) -> Vec<Said> {
        self.inside.clear();
        self.lines.drain(..).map(Said::Text).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Vec<Said> {
        let mut parser = Parser::default();
        let mut said: Vec<Said> = text.lines().flat_map(|line| parser.line(line)).collect();
        said.extend(parser.finish());
        said
    }

    fn shown(text: &str) -> String {
        let show = |said: Said| match said {
            Said::Text(text) => format!("{text}\n"),
            Said::Message(message) => {
                let properties = message.properties.into_iter().map(|(name, value)| format!(" {name}={value:?}"));
                format!("[{}{}]\n", message.name, properties.collect::<String>())
            }
        };
        parse(text).into_iter().map(show).collect()
    }

    #[test]
    fn a_message_may_go_over_several_lines() {
        let text =
            "Hello world!\n##octopus[foo name\n='UGF1bA==' value='VGhpcyBzZ\nW50ZW5jZSBpcyBmYWx\n\nzZQ=='] Hello\nbye";
        insta::assert_snapshot!(shown(text), @r#"
        Hello world!
        [foo name="Paul" value="This sentence is false"]
        bye
        "#);
    }

    #[test]
    fn only_the_first_message_of_a_line_counts_and_what_is_beside_it_is_swallowed() {
        insta::assert_snapshot!(shown("a ##octopus[one] b ##octopus[two] c\n##octopus[stdout-verbose]\nd"), @"
        [one]
        [stdout-verbose]
        d
        ");
    }

    #[test]
    fn attributes_are_like_those_of_xml() {
        insta::assert_snapshot!(shown("##octopus[a  x = \"MQ==\"\ty='Mg==' ]\n##octopus[a e='']"), @r#"
        [a x="1" y="2"]
        [a e=""]
        "#);
    }

    #[test]
    fn what_only_looks_like_a_message_is_text() {
        for text in [
            "##octopus",
            "##octopus[]",
            "##octopus[ ]",
            "##octopus[1a]",
            "##octopus[a b]",
            "##octopus[a b=c]",
            "##octopus[a b='not base64!']",
            "##octopus[a b='MQ==' b='MQ==']",
            "##octopus[a b='MQ=='c='MQ==']",
            "##octopus[a b='MQ==\"]",
            "##octopus[a 'b'='MQ==']",
            "##octopus[never ends",
            "##octopus[never\nends\n",
            "# #octopus[a]",
        ] {
            assert_eq!(shown(text).trim_end(), text.trim_end(), "{text}");
        }
    }

    /// The public cases of Octopus' own tests lie beside the repository and are no part of it.
    #[test]
    fn conformance() {
        let file =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance/service_messages.jsonl");
        let Ok(cases) = std::fs::read_to_string(&file) else {
            println!("skipped: {} is not there", file.display());
            return;
        };
        for case in cases.lines() {
            let case: serde_json::Value = serde_json::from_str(case).expect("a case is JSON");
            let chunks: String =
                case["chunks"].as_array().into_iter().flatten().filter_map(serde_json::Value::as_str).collect();
            let messages = parse(&chunks).into_iter().filter_map(|said| match said {
                Said::Message(message) => Some(serde_json::json!({
                    "name": message.name,
                    "properties": message.properties.into_iter().collect::<std::collections::BTreeMap<_, _>>(),
                })),
                Said::Text(_) => None,
            });
            assert_eq!(messages.collect::<Vec<_>>(), *case["expected"].as_array().expect("there is a list"), "{case}");
        }
    }

    proptest! {
        #[test]
        fn every_value_comes_through_wherever_the_line_breaks(value: String, breaks in prop::collection::vec(0_usize..200, 0..4)) {
            let mut text = format!("##octopus[setVariable name='eA==' value='{}']", STANDARD.encode(&value));
            for at in breaks {
                let at = at.clamp(BEGIN.len(), text.len());
                text.insert(at, '\n');
            }
            let said = parse(&text);
            let Some(Said::Message(message)) = said.first() else { panic!("no message in {text:?}: {said:?}") };
            prop_assert_eq!(message.get("value"), Some(value.as_str()));
        }

        #[test]
        fn no_output_is_lost_or_refused(text in "(##octopus\\[|\\]|[a='\" \n]|\\PC){0,60}") {
            if !text.contains(BEGIN) {
                let lines: Vec<Said> = text.lines().map(|line| Said::Text(line.to_owned())).collect();
                prop_assert_eq!(parse(&text), lines);
            } else {
                parse(&text);
            }
        }
    }
}
