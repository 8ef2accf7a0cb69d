//! What the tests share: archives made by hand, and trees shown as text.

use std::fs;
use std::io::{Read, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use rawzip::path::EntryPath;
use rawzip::{CompressionMethod, DataDescriptorOutput, ZipArchiveWriter};
use tempfile::TempDir;
use wharf_package::{
    Archive, ArchiveLimits, Destination, DestinationError, Entry, EntryKind, EntryPatterns, ExtractError, Extracted,
};

pub fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// Writes files below a folder; a path that ends in `/` is a directory.
pub fn write_tree(folder: &Path, files: &[(&str, &str)]) {
    for (path, content) in files {
        let path_there = folder.join(path);
        if path.ends_with('/') {
            fs::create_dir_all(path_there).expect("a directory can be made");
            continue;
        }
        fs::create_dir_all(path_there.parent().expect("it lies in the folder")).expect("a directory can be made");
        fs::write(path_there, content).expect("a file can be written");
    }
}

/// A tree as sorted lines: path, mode and content.
pub fn shown_tree(folder: &Path) -> String {
    let mut lines = Vec::new();
    collect(folder, "", &mut lines);
    lines.sort();
    lines.join("\n")
}

fn collect(folder: &Path, prefix: &str, lines: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the folder can be read") {
        let entry = entry.expect("the folder can be read");
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let metadata = fs::symlink_metadata(entry.path()).expect("the entry can be looked at");
        if metadata.is_symlink() {
            let target = fs::read_link(entry.path()).expect("the link can be read");
            lines.push(format!("{path} -> {}", target.display()));
        } else if metadata.is_dir() {
            lines.push(format!("{path}/ {}", mode(&metadata)));
            collect(&entry.path(), &format!("{path}/"), lines);
        } else {
            let content = fs::read(entry.path()).expect("the file can be read");
            lines.push(format!("{path} {} {:?}", mode(&metadata), String::from_utf8_lossy(&content)));
        }
    }
}

#[cfg(unix)]
fn mode(metadata: &fs::Metadata) -> String {
    use std::os::unix::fs::PermissionsExt;
    format!("{:o}", metadata.permissions().mode() & 0o777)
}

#[cfg(not(unix))]
fn mode(_metadata: &fs::Metadata) -> String {
    "-".to_owned()
}

/// An entry of a zip made by hand; nothing about it need be true.
#[derive(Clone)]
pub struct ZipEntry {
    pub name: Vec<u8>,
    pub content: Vec<u8>,
    pub mode: u32,
    pub deflate: bool,
    pub declared_size: Option<u64>,
    pub crc: Option<u32>,
}

pub fn entry(name: &str, content: &str) -> ZipEntry {
    ZipEntry {
        name: name.into(),
        content: content.into(),
        mode: 0o100_644,
        deflate: true,
        declared_size: None,
        crc: None,
    }
}

pub fn link(name: &str, target: &str) -> ZipEntry {
    ZipEntry { mode: 0o120_777, ..entry(name, target) }
}

pub fn zip_bytes(entries: &[ZipEntry]) -> Vec<u8> {
    let mut zip = ZipArchiveWriter::new(Vec::new());
    for entry in entries {
        let method = if entry.deflate { CompressionMethod::DEFLATE } else { CompressionMethod::STORE };
        let builder = zip.new_file(EntryPath::verbatim(entry.name.clone()));
        let (mut writer, _) = builder
            .compression_method(method)
            .unix_permissions(entry.mode)
            .start()
            .expect("an entry can be begun in memory");
        let compressed = if entry.deflate { deflated(&entry.content) } else { entry.content.clone() };
        writer.write_all(&compressed).expect("memory can be written");
        let mut crc = flate2::Crc::new();
        crc.update(&entry.content);
        let size = entry.declared_size.unwrap_or(entry.content.len() as u64);
        let end = DataDescriptorOutput::new(entry.crc.unwrap_or(crc.sum()), size);
        writer.finish(end).expect("an entry can be ended in memory");
    }
    zip.finish().expect("a zip can be ended in memory")
}

fn deflated(content: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

pub fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(content).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

pub fn bzipped(content: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
    encoder.write_all(content).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// With a checksum at its end, as the program `zstd` writes it.
pub fn zstd_compressed(content: &[u8]) -> Vec<u8> {
    let mut encoder = zstd::Encoder::new(Vec::new(), 3).expect("an encoder can be made");
    encoder.include_checksum(true).expect("it can have a checksum");
    encoder.write_all(content).expect("memory can be written");
    encoder.finish().expect("memory can be written")
}

/// A tar's header block and its content, with any type and any name.
pub fn tar_entry(name: &str, kind: u8, link: &str, content: &[u8]) -> Vec<u8> {
    let mut header = tar::Header::new_gnu();
    header.as_old_mut().name[..name.len()].copy_from_slice(name.as_bytes());
    header.as_old_mut().linkname[..link.len()].copy_from_slice(link.as_bytes());
    header.set_entry_type(tar::EntryType::new(kind));
    header.set_mode(0o644);
    header.set_size(content.len() as u64);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend_from_slice(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

pub fn tar_file(name: &str, content: &str) -> Vec<u8> {
    tar_entry(name, b'0', "", content.as_bytes())
}

/// The same block with its checksum right again.
pub fn checksummed(mut block: Vec<u8>) -> Vec<u8> {
    block[148..156].fill(b' ');
    let sum: u32 = block[..512].iter().map(|&byte| u32::from(byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Bytes that cannot be compressed, always the same.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    std::iter::repeat_with(next).take(length).collect()
}

/// A whole tar of these entries.
pub fn tar_bytes(entries: &[Vec<u8>]) -> Vec<u8> {
    let mut bytes = entries.concat();
    bytes.resize(bytes.len() + 1024, 0);
    bytes
}

/// Writes an archive into a folder and opens it. The error is the sentence that a user reads, without the folder.
pub fn open_bytes(name: &str, bytes: &[u8], limits: &ArchiveLimits) -> Result<(TempDir, Archive), String> {
    let folder = folder();
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("the archive can be written");
    match Archive::open(&path, limits) {
        Ok(archive) => Ok((folder, archive)),
        Err(error) => Err(error.to_string().replace(&format!("{}/", folder.path().display()), "")),
    }
}

/// How opening an archive ends: its entries, or the sentence that a user reads.
pub fn opened(name: &str, bytes: &[u8]) -> String {
    match open_bytes(name, bytes, &ArchiveLimits::default()) {
        Ok((_folder, archive)) => shown_entries(archive.entries()),
        Err(message) => message,
    }
}

pub fn shown_entries(entries: &[Entry]) -> String {
    let line = |entry: &Entry| {
        let permissions = entry.permissions.map_or("-".to_owned(), |bits| format!("{bits:o}"));
        let kind = match entry.kind {
            EntryKind::File => format!("{} bytes", entry.size),
            EntryKind::Directory => "directory".to_owned(),
            EntryKind::Symlink => format!("-> {}", entry.link.as_deref().unwrap_or("nothing")),
        };
        format!("{} {permissions} {kind}", entry.path)
    };
    entries.iter().map(line).collect::<Vec<_>>().join("\n")
}

/// Extracts everything into a new folder, at native speed.
pub fn extract(archive: &Archive, patterns: &[&str]) -> (TempDir, Result<Extracted, ExtractError>) {
    let folder = folder();
    let result = extract_into(archive, folder.path(), patterns);
    (folder, result)
}

pub fn extract_into(archive: &Archive, folder: &Path, patterns: &[&str]) -> Result<Extracted, ExtractError> {
    let patterns = EntryPatterns::new(patterns).expect("a test's globs parse");
    archive.extract_into(folder, &patterns, &mut |_| ControlFlow::Continue(()))
}

/// Writes down what it is asked to do.
#[derive(Default)]
pub struct Diary {
    pub lines: Vec<String>,
    /// Refuses to write this file.
    pub refuses: Option<&'static str>,
    /// Stops reading a file after so many bytes.
    pub reads_at_most: Option<u64>,
}

impl Destination for Diary {
    fn create_dir(&mut self, path: &str, mode: u32) -> Result<(), DestinationError> {
        self.lines.push(format!("{path}/ {mode:o}"));
        Ok(())
    }

    fn write_file(&mut self, path: &str, mode: u32, content: &mut dyn Read) -> Result<(), DestinationError> {
        if self.refuses == Some(path) {
            return Err("the quota is used up".into());
        }
        let mut bytes = Vec::new();
        content.take(self.reads_at_most.unwrap_or(u64::MAX)).read_to_end(&mut bytes)?;
        self.lines.push(format!("{path} {mode:o} {} bytes", bytes.len()));
        Ok(())
    }

    fn symlink(&mut self, path: &str, target: &str) -> Result<(), DestinationError> {
        self.lines.push(format!("{path} -> {target}"));
        Ok(())
    }
}

/// A program of this machine, or a printed line that says what is skipped.
pub fn program(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?).map(|dir| dir.join(name)).find(|path| path.is_file());
    if found.is_none() {
        println!("skipped: `{name}` is not on this machine");
    }
    found
}
