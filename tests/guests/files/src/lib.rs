//! Does what a script says with files: by the language's own functions, and by those of `wasi:filesystem`.

mod raw;

use std::fs;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use guests_support::{Answer, Error, Script, Value, files, report, rest, step, words};

step!("files", run);

fn run(inputs: Value) -> Result<(), Error> {
    let mut raw = raw::Raw::default();
    Script::new(&inputs).run(|word, arguments| match by_name(word, arguments) {
        Some(answer) => answer,
        None => raw.operation(word, arguments),
    })
}

fn io(error: std::io::Error) -> String {
    error.to_string()
}

fn done(result: std::io::Result<()>) -> Answer {
    result.map(|()| String::new()).map_err(io)
}

/// Operations as every program does them. None if there is none of this name.
fn by_name(word: &str, arguments: &[&str]) -> Option<Answer> {
    let path = arguments.first().copied().unwrap_or_default();
    let second = arguments.get(1).copied().unwrap_or_default();
    let text = || rest(arguments, 1).replace("\\n", "\n");
    Some(match word {
        "read" => fs::read(path).map(|bytes| format!("{:?}", String::from_utf8_lossy(&bytes))).map_err(io),
        "write" => done(fs::write(path, text())),
        "append" => {
            done(fs::OpenOptions::new().append(true).open(path).and_then(|mut f| f.write_all(text().as_bytes())))
        }
        "create-new" => done(fs::File::create_new(path).and_then(|mut f| f.write_all(text().as_bytes()))),
        "truncate" => {
            let length = second.parse().expect("a length");
            done(fs::OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(length)))
        }
        "read-tail" => fs::File::open(path)
            .and_then(|mut file| {
                let mut text = String::new();
                file.seek(SeekFrom::End(-second.parse::<i64>().expect("a length")))?;
                file.read_to_string(&mut text)?;
                Ok(format!("{text:?}"))
            })
            .map_err(io),
        "mkdir" => done(fs::create_dir(path)),
        "mkdirs" => done(fs::create_dir_all(path)),
        "list" => list(path),
        "stat" => fs::metadata(path).map(|metadata| described(&metadata)).map_err(io),
        "lstat" => fs::symlink_metadata(path).map(|metadata| described(&metadata)).map_err(io),
        "remove" => done(fs::remove_file(path)),
        "rmdir" => done(fs::remove_dir(path)),
        "remove-all" => done(fs::remove_dir_all(path)),
        "rename" => done(fs::rename(path, second)),
        "link" => done(fs::hard_link(path, second)),
        "copy" => fs::copy(path, second).map(|bytes| format!("{bytes} bytes")).map_err(io),
        "read-link" => fs::read_link(path).map(|target| target.display().to_string()).map_err(io),
        "exists" => Ok(Path::new(path).exists().to_string()),
        "mode" => match files::permissions(path) {
            Ok(Some(mode)) => Ok(format!("{mode:04o}")),
            Ok(None) => Ok("none".into()),
            Err(error) => Err(words(error)),
        },
        "chmod" => {
            let mode = u32::from_str_radix(second, 8).expect("an octal number");
            files::set_permissions(path, mode).map(|()| String::new()).map_err(words)
        }
        "native" => files::native_path(path).map_err(words),
        "artifact" => report::artifact(path, second).map(|()| String::new()).map_err(words),
        _ => return None,
    })
}

fn described(metadata: &fs::Metadata) -> String {
    match metadata.file_type() {
        kind if kind.is_dir() => "directory".into(),
        kind if kind.is_file() => format!("file of {} bytes", metadata.len()),
        kind if kind.is_symlink() => "link".into(),
        _ => "something else".into(),
    }
}

fn list(path: &str) -> Answer {
    let mut names = Vec::new();
    for entry in fs::read_dir(path).map_err(io)? {
        let entry = entry.map_err(io)?;
        let mark = match entry.file_type().map_err(io)? {
            kind if kind.is_dir() => "/",
            kind if kind.is_symlink() => "@",
            kind if kind.is_file() => "",
            _ => "?",
        };
        names.push(format!("{}{mark}", entry.file_name().to_string_lossy()));
    }
    names.sort();
    Ok(format!("[{}]", names.join(" ")))
}
