//! The standard step `write-file`.

use std::fs;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

use wharf_step::prelude::*;
use wharf_step::reveal_all;
use wharf_step_support::{TextFile, check_path, evaluate};

#[inputs]
#[schemars(extend("oneOf" = [{ "required": ["content"] }, { "required": ["template"] }]))]
struct WriteFile {
    /// The file. Missing directories are made. Where it is a symbolic link, the file that it points to is written, if that
    /// is granted too.
    #[input(power = "write")]
    #[schemars(length(min = 1))]
    path: String,
    /// The text of the file.
    #[input(secret)]
    content: Option<String>,
    /// A file whose tokens (`#{Name}`) are evaluated to the text of the file, instead of `content`. Its encoding and its
    /// line ends are kept.
    #[input(power = ["read", "variables"])]
    #[schemars(length(min = 1))]
    template: Option<String>,
    /// Echo tokens of the template that cannot be evaluated instead of failing.
    #[input(default)]
    lenient: bool,
    /// The Unix permissions in octal, such as `"0644"`; those of the file that is there, or the system's default, if they
    /// are left out.
    #[schemars(regex(pattern = r"^0?[0-7]{3,4}$"))]
    mode: Option<String>,
}

#[outputs]
struct Written {
    /// The file.
    #[output(known_in_plan)]
    path: String,
    /// Its size in bytes.
    #[output(known_in_plan)]
    bytes: usize,
}

/// Writes a text file.
///
/// The file has its old or its new content at any time. A file that already has this content and these permissions is
/// left alone. A file that is written belongs to who runs Wharf.
#[step(idempotent)]
fn run(input: WriteFile) -> Result<Written> {
    check_path(&input.path, "path")?;
    input.template.as_deref().map_or(Ok(()), |template| check_path(template, "template"))?;
    let content = match (&input.content, &input.template) {
        (Some(content), None) => reveal_all(content)?.into_bytes(),
        (None, Some(template)) => from_template(template, input.lenient)?,
        _ => return Err(Error::invalid("give either `content` or `template`").with_input("/content")),
    };
    let mode = input.mode.as_deref().map(permissions).transpose()?;
    let target = target(Path::new(&input.path))?;
    let path = target.as_path();
    let linked = |error: Error| explain_link(error, &input.path, path);
    // The host shows what is changed.
    if read(path).map_err(linked)?.as_ref() != Some(&content) {
        files::replace(path, &content, mode).map_err(linked)?;
        debug!("wrote {}", input.path; bytes = content.len());
    } else if let (Some(mode), Some(old)) = (mode, files::permissions(path)?)
        && mode != old
    {
        files::set_permissions(path, mode)?;
        debug!("changed the permissions of {} from {old:04o} to {mode:04o}", input.path);
    } else {
        debug!("{} is as it should be", input.path);
    }
    Ok(Written { path: input.path, bytes: content.len() })
}

fn from_template(path: &str, lenient: bool) -> Result<Vec<u8>> {
    let bytes = fs::read(path).with_context(|| format!("cannot read the template {path}"))?;
    let mut file = TextFile::decode(&bytes)
        .ok_or_else(|| Error::invalid(format!("the template {path} is not text")).with_input("/template"))?;
    file.text = evaluate(&file.text, lenient).with_context(|| format!("cannot evaluate the template {path}"))?;
    Ok(file.encode())
}

fn permissions(text: &str) -> Result<u32> {
    u32::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777).ok_or_else(|| {
        Error::invalid(format!("`{text}` are no permissions: write them in octal, such as \"0644\""))
            .with_input("/mode")
    })
}

/// The file behind links. Each must be granted by itself: that a link is, is no permission to write elsewhere.
fn target(path: &Path) -> Result<PathBuf> {
    const MOST: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MOST {
        if !fs::symlink_metadata(&target).is_ok_and(|metadata| metadata.is_symlink()) {
            return Ok(target);
        }
        let to = fs::read_link(&target).with_context(|| format!("cannot read the link {}", target.display()))?;
        target = normal(&target.parent().unwrap_or(Path::new("/")).join(to));
    }
    Err(Error::failed(format!("{} goes through too many symbolic links", path.display())).with_input("/path"))
}

/// Says which link led to a file that cannot be written, and what to grant if it is not.
fn explain_link(error: Error, path: &str, target: &Path) -> Error {
    if target == Path::new(path) || !error.message().ends_with("permission denied") {
        return error;
    }
    let line = format!("allow: {{ write: [{:?}] }}", target.display().to_string());
    error.with_help(format!("{path} is a link to it: the file itself must be granted")).with_line_to_add(line)
}

/// The path without `.` and `..`.
fn normal(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut normal, part| {
        match part {
            Component::CurDir => {}
            Component::ParentDir => drop(normal.pop()),
            part => normal.push(part),
        }
        normal
    })
}

/// The content of the file that is there, if one is.
fn read(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

#[cfg(test)]
mod tests;
