//! The whole help of the program as one text, so that no change of it goes unseen.

use crate::support::Place;

#[test]
fn the_help_of_every_command() {
    let place = Place::new();
    let mut reference = String::new();
    let mut open = vec![Vec::new()];
    while let Some(command) = open.pop() {
        let output = place.wharf().args(&command).arg("--help").output().expect("the program can be started");
        assert!(output.status.success() && output.stderr.is_empty(), "{command:?}");
        let help = String::from_utf8(output.stdout).expect("help is UTF-8");
        let mut below: Vec<Vec<String>> =
            commands_in(&help).into_iter().map(|name| command.iter().cloned().chain([name]).collect()).collect();
        below.reverse();
        open.extend(below);
        let name: Vec<&str> = std::iter::once("wharf").chain(command.iter().map(String::as_str)).collect();
        reference.push_str(&format!("## {}\n\n{}\n\n", name.join(" "), help.trim_end()));
    }
    insta::assert_snapshot!("cli-reference", reference.trim_end());
}

/// The names below `Commands:`.
fn commands_in(help: &str) -> Vec<String> {
    help.lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next().map(str::to_owned))
        // What it says is what `--help` says.
        .filter(|name| name != "help")
        .collect()
}
