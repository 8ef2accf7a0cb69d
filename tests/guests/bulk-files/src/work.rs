// Much work with files through the standard library: compiled into a guest, and into the program that it is compared
// with (`runner/host/examples/bulk_files.rs`).

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::Path;
use std::time::Instant;

const FILES: usize = 1000;
const BIG: usize = 32 * 1024 * 1024;

/// Does it in an empty directory, and leaves it empty. Answers each phase with its microseconds.
pub fn work(directory: &Path) -> io::Result<Vec<(&'static str, u64)>> {
    let mut phases = Vec::new();
    let mut phase = |name, work: &mut dyn FnMut() -> io::Result<()>| -> io::Result<()> {
        let began = Instant::now();
        work()?;
        phases.push((name, began.elapsed().as_micros() as u64));
        Ok(())
    };
    let small = [7_u8; 1024];
    let name = |index: usize| directory.join(format!("folder-{}", index % 10)).join(format!("file-{index}"));
    phase("create", &mut || {
        for folder in 0..10 {
            fs::create_dir(directory.join(format!("folder-{folder}")))?;
        }
        (0..FILES).try_for_each(|index| fs::write(name(index), small))
    })?;
    phase("stat", &mut || (0..FILES).try_for_each(|index| fs::metadata(name(index)).map(drop)))?;
    phase("read", &mut || (0..FILES).try_for_each(|index| fs::read(name(index)).map(drop)))?;
    phase("list", &mut || {
        (0..10).try_for_each(|folder| {
            for entry in fs::read_dir(directory.join(format!("folder-{folder}")))? {
                entry?;
            }
            Ok(())
        })
    })?;
    phase("rename", &mut || {
        (0..FILES).try_for_each(|index| fs::rename(name(index), name(index).with_extension("new")))
    })?;
    let chunk = vec![42_u8; 64 * 1024];
    let big = directory.join("big");
    phase("write-big", &mut || {
        let mut file = File::create(&big)?;
        (0..BIG / chunk.len()).try_for_each(|_| file.write_all(&chunk))
    })?;
    phase("read-big", &mut || {
        let mut file = File::open(&big)?;
        let mut buffer = vec![0; chunk.len()];
        while file.read(&mut buffer)? != 0 {}
        Ok(())
    })?;
    phase("remove", &mut || {
        fs::remove_file(&big)?;
        (0..FILES).try_for_each(|index| fs::remove_file(name(index).with_extension("new")))?;
        (0..10).try_for_each(|folder| fs::remove_dir(directory.join(format!("folder-{folder}"))))
    })?;
    Ok(phases)
}
