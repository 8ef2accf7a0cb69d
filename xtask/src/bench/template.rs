//! A large text with tokens: `wharf variable evaluate` beside programs that only replace text.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use super::{Row, row};
use crate::layout::Layout;

const BYTES: usize = 100 * 1024 * 1024;

/// Each replaces the one token of the text, a token in each kilobyte.
pub fn rows(layout: &Layout, wharf: &Path) -> Result<Vec<Row>> {
    let folder = layout.path("target/bench/template");
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create {}", folder.display()))?;
    let text = folder.join("100-mib.txt");
    if std::fs::metadata(&text).map_or(true, |found| found.len() < BYTES as u64) {
        std::fs::write(&text, made(BYTES)).with_context(|| format!("cannot write {}", text.display()))?;
    }
    let mut sed = Command::new("sed");
    sed.arg("s/#{Site\\.Host}/web-01.example.com/g");
    let mut python = Command::new("python3");
    python.arg("-c").arg(
        "import re, sys\n\
         values = {'Site.Host': 'web-01.example.com'}\n\
         sys.stdout.write(re.sub(r'#\\{([^}]*)\\}', lambda token: values[token[1]], sys.stdin.read()))",
    );
    let mut ours = Command::new(wharf);
    ours.args(["variable", "evaluate", "-", "--raw", "--variable", "Site.Host=web-01.example.com"]);
    ours.current_dir(&folder);
    let named =
        [("sed, 100 MiB of text", sed), ("python3 re.sub, the same", python), ("wharf variable evaluate", ours)];
    let started = |command: &Command| Command::new(command.get_program()).arg("--version").output().is_ok();
    let rows = named.into_iter().filter(|(_, command)| started(command));
    Ok(rows.map(|(name, command)| Row { input: Some(text.clone()), ..row(name, command) }).collect())
}

fn made(bytes: usize) -> String {
    let line = "the quick brown fox jumps over the lazy dog; color: #fff; {\"key\": [1, 2, 3]}\n";
    let mut text = String::with_capacity(bytes + 2048);
    for number in 0.. {
        if text.len() >= bytes {
            break;
        }
        (0..13).for_each(|_| text.push_str(line));
        // A text takes all that is written to it.
        let _ = writeln!(text, "{number}: host = #{{Site.Host}}");
    }
    text
}
