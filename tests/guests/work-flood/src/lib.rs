//! Fills `/work`, and tries to have more of it than the host counts.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;

use guests_support::{Error, Value, failed, output, step, text};
use wasip2::filesystem::preopens::get_directories;
use wasip2::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

step!("work-flood", run);

const PIECE: usize = 64 * 1024;

fn run(inputs: Value) -> Result<(), Error> {
    let piece = vec![7; PIECE];
    let wanted = inputs["bytes"].as_u64().unwrap_or_default();
    let result = match text(&inputs, "how") {
        "bytes" => fill(&File::create("/work/file").expect("/work is writable"), &piece, u64::MAX),
        "append" => fill(
            &OpenOptions::new().append(true).create(true).open("/work/file").expect("/work is writable"),
            &piece,
            u64::MAX,
        ),
        "set-size" => File::create("/work/file").and_then(|file| file.set_len(1 << 40)),
        "sparse" => File::create("/work/file").and_then(|mut file| {
            use std::io::Seek as _;
            file.seek(std::io::SeekFrom::Start(1 << 40))?;
            file.write_all(b"x")
        }),
        "inodes" => (0..u64::MAX).try_for_each(|number| File::create(format!("/work/{number}")).map(drop)),
        "directories" => (0..u64::MAX).try_for_each(|number| fs::create_dir(format!("/work/{number}"))),
        "links" => {
            fs::write("/work/file", "").expect("/work is writable");
            (0..u64::MAX).try_for_each(|number| fs::hard_link("/work/file", format!("/work/{number}")))
        }
        // Each file is gone from the directory, but not from the disk as long as it is open.
        "unlinked" => {
            let mut open = Vec::new();
            (0..1000).try_for_each(|_| {
                open.push(File::create("/work/file")?);
                fill(open.last().expect("it was just put there"), &piece, wanted)?;
                fs::remove_file("/work/file")
            })
        }
        // The host must not believe that something was freed by what failed.
        "failed-truncation" => {
            fs::create_dir("/work/directory").expect("/work is writable");
            for _ in 0..1000 {
                let root = get_directories().into_iter().next().expect("the root").0;
                let flags = (OpenFlags::TRUNCATE, DescriptorFlags::WRITE);
                root.open_at(PathFlags::empty(), "work/directory", flags.0, flags.1).expect_err("it is a directory");
            }
            fill(&File::create("/work/file").expect("/work is writable"), &piece, u64::MAX)
        }
        // What is written again and again must not be counted again and again.
        "rewrite" => (0..50).try_for_each(|_| {
            fill(&File::create("/work/next").expect("/work is writable"), &piece, wanted)?;
            fs::rename("/work/next", "/work/file")
        }),
        "rewrite-in-place" => {
            (0..50).try_for_each(|_| fill(&File::create("/work/file").expect("/work is writable"), &piece, wanted))
        }
        "make-and-remove" => (0..50).try_for_each(|_| {
            fs::create_dir("/work/d")?;
            fill(&File::create("/work/d/file").expect("/work is writable"), &piece, wanted)?;
            fs::remove_dir_all("/work/d")
        }),
        other => panic!("no flood of {other}"),
    };
    output("written", written())?;
    result.map_err(|error| failed(error.to_string()))
}

fn fill(mut file: &File, piece: &[u8], mut bytes: u64) -> std::io::Result<()> {
    while bytes > 0 {
        let count = bytes.min(piece.len() as u64);
        file.write_all(&piece[..count as usize])?;
        bytes -= count;
    }
    Ok(())
}

/// The length of what is there in the end.
fn written() -> u64 {
    fs::metadata("/work/file").map_or(0, |metadata| metadata.len())
}
